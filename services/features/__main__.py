"""`python -m services.features`."""

from __future__ import annotations

import cv2
import grpc

from lienzo.features.v1 import features_pb2_grpc
from runtime.configuration.settings import load_settings
from runtime.models.store import ModelStore
from runtime.process.server import Service, serve
from runtime.work.workplace import Workplace
from services.features.extraction import load_extractor
from services.features.servicer import ERRORS, FeatureServicer
from services.features.settings import FeaturesSettings
from services.table import SERVICES


def main() -> int:
    """Serves until told to stop; returns the exit status."""
    settings = load_settings(FeaturesSettings)
    reader = settings.reader()
    cv2.setNumThreads(1)  # the workers are the parallelism
    store = ModelStore(settings.models, load_extractor, poll_seconds=settings.model_poll_seconds)

    def register(server: grpc.aio.Server, workplace: Workplace) -> None:
        servicer = FeatureServicer(workplace, store, settings.picture_limits, reader)
        features_pb2_grpc.add_FeatureServiceServicer_to_server(servicer, server)

    def stop() -> None:
        store.stop()
        reader.close()

    contract = SERVICES["features"].contract
    return serve(settings, Service(contract, ERRORS, register, store.start, stop, store.problem))


if __name__ == "__main__":
    raise SystemExit(main())
