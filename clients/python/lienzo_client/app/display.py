"""Creates Qt's application object, with an error message instead of a crash without a display."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import (
    QCoreApplication,
    QLibraryInfo,
    QMessageLogContext,
    QtMsgType,
    QTranslator,
    qInstallMessageHandler,
)
from PySide6.QtGui import QGuiApplication

_NO_DISPLAY = 1
_CATALOGUES = ("qtbase", "qtdeclarative")


def open_display(name: str) -> QGuiApplication:
    """Creates the application object.

    Qt aborts the process without a display, or when a system library for it is missing. Here the process
    exits with a message and status 1 instead.

    Args:
        name: Title of the windows.
    """
    complaints: list[str] = []

    def listen(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        complaints.append(message.partition("\n")[0])
        if kind == QtMsgType.QtFatalMsg:
            print(f"No window can be opened here: {complaints[0]}", file=sys.stderr, flush=True)  # noqa: T201
            os._exit(_NO_DISPLAY)  # Qt aborts when this returns

    qInstallMessageHandler(listen)
    application = QGuiApplication([name])
    qInstallMessageHandler(None)
    application.setApplicationDisplayName(name)
    return application


def translate_dialogs(language: str) -> list[QTranslator]:
    """Translates Qt's own texts, such as those of the file dialog, as far as Qt has them.

    Args:
        language: Two letters, such as `es`.

    Returns:
        What translates, for `QCoreApplication.removeTranslator`; keep it for as long as it is to work.
    """
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    loaded = []
    for name in _CATALOGUES:
        translator = QTranslator()
        if translator.load(f"{name}_{language}", folder):
            QCoreApplication.installTranslator(translator)
            loaded.append(translator)
    return loaded
