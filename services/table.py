"""The table of services: one entry each, the only source of their facts.

Settings, the gateway's channels, `lienzo serve`, the services that a command starts for itself, benchmarks
and tests read this table. Files that cannot import it (container files, extras, contracts of import-linter,
tables in documents) are compared with it by `tests/unit/services/test_table.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class ServiceEntry:
    """The facts about a service.

    Attributes:
        name: Also the name of its folder in `services/`, of the extra that installs it, of its container, and
            of its variables, `LIENZO_<NAME>_…`.
        contract: Full name of its gRPC service.
        grpc_port: Default port for gRPC.
        http_port: Default port for HTTP; 0 for services without HTTP.
        imports: A module of every library that it needs and its extra installs.
        folders: Settings that name a folder to read, such as `models` for `--models`.
        behind_gateway: Whether the gateway calls it; the gateway then has a setting `<name>_target`.
        optional: Whether the others are complete without it; the gateway asks it only where it is told its
            address, as `lienzo serve` tells it.
    """

    name: str
    contract: str
    grpc_port: int
    http_port: int = 0
    imports: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    behind_gateway: bool = True
    optional: bool = False

    @property
    def target(self) -> str:
        """Default address, `host:port`, for others on this machine."""
        return f"127.0.0.1:{self.grpc_port}"


SERVICES: Final[Mapping[str, ServiceEntry]] = {
    each.name: each
    for each in (
        ServiceEntry(
            "gateway",
            "lienzo.gateway.v1.GatewayService",
            grpc_port=50050,
            http_port=8080,
            imports=("connectrpc", "fastapi", "uvicorn", "python_multipart"),
            folders=("models",),
            behind_gateway=False,
        ),
        ServiceEntry(
            "features",
            "lienzo.features.v1.FeatureService",
            grpc_port=50051,
            imports=("cv2", "onnxruntime", "PIL", "pillow_heif"),
            folders=("models",),
        ),
        ServiceEntry(
            "classification",
            "lienzo.classification.v1.ClassificationService",
            grpc_port=50052,
            imports=("cv2", "onnxruntime", "threadpoolctl"),
            folders=("models",),
        ),
        ServiceEntry(
            "palette",
            "lienzo.palette.v1.PaletteService",
            grpc_port=50053,
            imports=("cv2", "PIL", "coloraide"),
        ),
        ServiceEntry(
            "catalogue",
            "lienzo.catalogue.v1.CatalogueService",
            grpc_port=50054,
            imports=("cv2", "PIL", "threadpoolctl"),
            folders=("catalogues",),
            optional=True,
        ),
    )
}
"""By name, in the order of listings."""

GATEWAY: Final = SERVICES["gateway"]
"""Started last, with the addresses of the others."""

BACKENDS: Final = tuple(each.name for each in SERVICES.values() if each.behind_gateway)
"""Names of the services that start before the gateway, all at the same time."""

NEEDED: Final = tuple(name for name in BACKENDS if not SERVICES[name].optional)
"""Those of them that the gateway always calls."""
