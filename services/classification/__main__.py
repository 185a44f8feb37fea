"""`python -m services.classification`."""

from __future__ import annotations

import cv2
import grpc
from threadpoolctl import threadpool_limits

from lienzo.classification.v1 import classification_pb2_grpc
from runtime.configuration.settings import load_settings
from runtime.models.store import ModelStore
from runtime.process.server import Service, serve
from runtime.work.workplace import Workplace
from services.classification.classifier import load_model
from services.classification.servicer import ERRORS, ClassificationServicer
from services.classification.settings import ClassificationSettings
from services.table import SERVICES


def main() -> int:
    """Serves until told to stop; returns the exit status."""
    settings = load_settings(ClassificationSettings)
    # The workers are the parallelism: matching on all cores at once takes five times the processor time.
    cv2.setNumThreads(1)
    threadpool_limits(1)
    store = ModelStore(settings.models, load_model, poll_seconds=settings.model_poll_seconds)

    def register(server: grpc.aio.Server, workplace: Workplace) -> None:
        servicer = ClassificationServicer(workplace, store)
        classification_pb2_grpc.add_ClassificationServiceServicer_to_server(servicer, server)

    contract = SERVICES["classification"].contract
    return serve(settings, Service(contract, ERRORS, register, store.start, store.stop, store.problem))


if __name__ == "__main__":
    raise SystemExit(main())
