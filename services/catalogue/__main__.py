"""`python -m services.catalogue`."""

from __future__ import annotations

import cv2
import grpc
from threadpoolctl import threadpool_limits

from catalogue.shelves import open_shelf
from lienzo.catalogue.v1 import catalogue_pb2_grpc
from runtime.configuration.settings import load_settings
from runtime.process.server import Service, serve
from runtime.work.workplace import Workplace
from services.catalogue.keeping import Keeping
from services.catalogue.servicer import ERRORS, CatalogueServicer
from services.catalogue.settings import CatalogueSettings
from services.catalogue.store import CatalogueStore
from services.table import SERVICES
from vision.memory import SERVED_BYTES, keep_freed_memory


def main() -> int:
    """Serves until told to stop; returns the exit status."""
    settings = load_settings(CatalogueSettings)
    reader = settings.reader()
    cv2.setNumThreads(1)  # the workers are the parallelism
    threadpool_limits(1)
    keep_freed_memory(SERVED_BYTES)
    shelf = open_shelf(settings.catalogues)
    store = CatalogueStore(shelf)
    keeping = Keeping(shelf, settings.picture_limits, settings.keepers(), store.view)

    def register(server: grpc.aio.Server, workplace: Workplace) -> None:
        servicer = CatalogueServicer(workplace, store, keeping, settings.picture_limits, reader)
        catalogue_pb2_grpc.add_CatalogueServiceServicer_to_server(servicer, server)

    def stop() -> None:
        store.stop()
        reader.close()

    contract = SERVICES["catalogue"].contract
    service = Service(contract, ERRORS, register, store.start, stop, store.problem, store.warning)
    return serve(settings, service)


if __name__ == "__main__":
    raise SystemExit(main())
