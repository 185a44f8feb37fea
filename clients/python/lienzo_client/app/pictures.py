"""Pictures on their way to the window."""

from __future__ import annotations

from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtQuick import QQuickImageProvider


class PictureProvider(QQuickImageProvider):
    """Hands `image://pictures/<name>/<number>` to QML: what was put there last under the name."""

    def __init__(self) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        self._pictures: dict[str, QImage] = {}

    def put(self, name: str, pixels: Image.Image) -> None:
        """Keeps a picture; the one before is forgotten."""
        rgba = pixels.convert("RGBA")
        width, height = rgba.size
        data = rgba.tobytes()
        # The copy owns its bytes; the first one only borrows them.
        self._pictures[name] = QImage(data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()

    def requestImage(self, id: str, size: QSize, requestedSize: QSize) -> QImage:
        """What Qt asks for."""
        picture = self._pictures.get(id.partition("/")[0], QImage())
        size.setWidth(picture.width())
        size.setHeight(picture.height())
        return picture
