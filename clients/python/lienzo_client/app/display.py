"""Qt's application object, with words in place of a crash where no window can be opened."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication

_NO_DISPLAY = 1


def open_display(name: str) -> QGuiApplication:
    """The application object.

    Qt aborts the process where there is no display, or where a library on its way there is missing. The
    process ends here instead, with a sentence and status 1.

    Args:
        name: What the windows are called.
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
