"""Provides pictures to the window."""

from __future__ import annotations

from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtQuick import QQuickImageProvider


class PictureProvider(QQuickImageProvider):
    """Serves `image://pictures/<name>/<number>` to QML: the picture that was last put under the name."""

    def __init__(self) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        self._pictures: dict[str, QImage] = {}

    def put(self, name: str, pixels: Image.Image) -> None:
        """Stores a picture in place of the previous one of that name."""
        rgba = pixels.convert("RGBA")
        width, height = rgba.size
        data = rgba.tobytes()
        # QImage only borrows `data`; the copy owns its bytes.
        self._pictures[name] = QImage(data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()

    def requestImage(self, id: str, size: QSize, requestedSize: QSize) -> QImage:
        """Returns a picture; called by Qt."""
        picture = self._pictures.get(id.partition("/")[0], QImage())
        size.setWidth(picture.width())
        size.setHeight(picture.height())
        return picture
