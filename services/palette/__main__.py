"""`python -m services.palette`."""

from __future__ import annotations

import cv2
import grpc

from lienzo.palette.v1 import palette_pb2_grpc
from runtime.configuration.settings import load_settings
from runtime.process.server import Service, serve
from runtime.work.workplace import Workplace
from services.palette.servicer import ERRORS, PaletteServicer
from services.palette.settings import PaletteSettings
from services.table import SERVICES
from vision.colors.naming import css_names, fine_names


def main() -> int:
    """Serves until told to stop; returns the exit status."""
    settings = load_settings(PaletteSettings)
    reader = settings.reader()
    cv2.setNumThreads(1)  # the workers are the parallelism

    def register(server: grpc.aio.Server, workplace: Workplace) -> None:
        servicer = PaletteServicer(workplace, settings.picture_limits, reader, settings.max_collection)
        palette_pb2_grpc.add_PaletteServiceServicer_to_server(servicer, server)

    def load_names() -> None:
        css_names()
        fine_names()

    return serve(settings, Service(SERVICES["palette"].contract, ERRORS, register, load_names, reader.close))


if __name__ == "__main__":
    raise SystemExit(main())
