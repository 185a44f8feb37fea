"""Which services there are: one entry each, from which everything else takes its facts.

Settings, the gateway's channels, `lienzo serve`, the services that a command starts for itself, benchmarks
and tests read this table. What cannot import it (container files, extras, contracts of import-linter, tables
in documents) is compared with it by `tests/unit/services/test_table.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class ServiceEntry:
    """What others need to know about a service.

    Attributes:
        name: Also the name of its folder in `services/`, of the extra that installs it, of its container, and
            of its variables, `LIENZO_<NAME>_…`.
        contract: Full name of its gRPC service.
        grpc_port: Where it listens by default.
        http_port: Where it listens for HTTP by default; 0 for services that do not.
        imports: A module of every library that its extra installs and it cannot run without.
        folders: The settings that name a folder to read: `models` stands for `--models`.
        behind_gateway: Whether the gateway calls it, and so has a setting `<name>_target`.
    """

    name: str
    contract: str
    grpc_port: int
    http_port: int = 0
    imports: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    behind_gateway: bool = True

    @property
    def target(self) -> str:
        """`host:port` where others on this machine find it by default."""
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
    )
}
"""By name, in the order in which people are told of them."""

GATEWAY: Final = SERVICES["gateway"]
"""The last to be started: it is told where the others listen."""

BACKENDS: Final = tuple(each.name for each in SERVICES.values() if each.behind_gateway)
"""Names of the services that are started before the gateway, at the same time."""
