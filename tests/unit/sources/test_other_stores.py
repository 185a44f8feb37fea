"""Stores that are not S3: paths, listings folder by folder, errors, and missing libraries.

The library for `oci://` is half a gigabyte and is not installed for tests: a file system in memory stands
where fsspec looks for it, and is called as the real one is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from sources.errors import NotInstalled, PictureNotFound, SourceDenied, SourceUnavailable, TooManyBytes
from sources.schemes import SCHEMES
from tests.unit.sources.conftest import MakeReader


class Buckets(MemoryFileSystem):
    """Buckets in memory, `bucket@namespace/key`."""

    protocol = "oci"
    store: dict[str, Any] = {}  # noqa: RUF012  # as in the parent
    pseudo_dirs = [""]  # noqa: RUF012
    fault: Exception | None = None

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **options: Any) -> Any:
        if self.fault is not None:
            raise self.fault
        return super().cat_file(path, start, end, **options)

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return MemoryFileSystem._strip_protocol(path.removeprefix("oci://"))


@pytest.fixture
def buckets(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Buckets]]:
    monkeypatch.setitem(sys.modules["fsspec.registry"]._registry, "oci", Buckets)
    monkeypatch.setitem(sys.modules, "ocifs", ModuleType("ocifs"))
    Buckets.clear_instance_cache()
    files = fsspec.filesystem("oci")
    for name in ("2024/b.jpg", "2024/deep/a.jpg", "2024/.hidden.jpg", "2024/notes.txt", "2025/c.jpg"):
        files.pipe_file(f"/art@museum/{name}", b"picture")
    yield Buckets
    Buckets.fault = None
    Buckets.store.clear()
    Buckets.clear_instance_cache()


def test_reads_a_bucket_in_its_namespace(buckets: type[Buckets], reader: MakeReader) -> None:
    oracle = reader("oci://art@museum/2024/", max_bytes=7)
    assert oracle.read("oci://art@museum/2024/b.jpg") == b"picture"
    with pytest.raises(PictureNotFound):
        oracle.read("oci://art@museum/2024/none.jpg")
    with pytest.raises(TooManyBytes):
        reader("oci://", max_bytes=6).read("oci://art@museum/2024/b.jpg")


def test_lists_folder_by_folder(buckets: type[Buckets], reader: MakeReader) -> None:
    found = list(reader("oci://").list_pictures("oci://art@museum/2024/"))
    assert found == ["oci://art@museum/2024/b.jpg", "oci://art@museum/2024/deep/a.jpg"]
    with pytest.raises(PictureNotFound):
        list(reader("oci://").list_pictures("oci://art@museum/2026/"))


def test_finds_the_file_of_keys_where_oracle_keeps_it(
    buckets: type[Buckets], reader: MakeReader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    got: list[object] = []
    monkeypatch.setattr(buckets, "__init__", lambda self, **options: got.append(options.get("iam_type")))
    for name in ("OCIFS_CONFIG_LOCATION", "OCIFS_IAM_TYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    reader("oci://").read("oci://art@museum/2024/b.jpg")
    (tmp_path / ".oci").mkdir()
    (tmp_path / ".oci/config").touch()
    reader("oci://").read("oci://art@museum/2024/b.jpg")
    monkeypatch.setenv("OCIFS_IAM_TYPE", "resource_principal")
    buckets.clear_instance_cache()
    reader("oci://").read("oci://art@museum/2024/b.jpg")
    assert got == [None, "api_key", None]


class ConfigFileNotFound(Exception):
    """As Oracle's library calls it."""


class ServiceError(Exception):
    """As Oracle's library tells what its service answered."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (ConfigFileNotFound(), SourceDenied),
        (ServiceError(404, "ObjectNotFound"), PictureNotFound),
        (ServiceError(404, "BucketNotFound"), PictureNotFound),
        (ServiceError(403, "NotAllowed"), SourceDenied),
        (ServiceError(401, "NotAuthenticated"), SourceDenied),
        (ServiceError(500, "InternalServerError"), SourceUnavailable),
        (OSError("Forbidden: art/a.jpg"), SourceDenied),
        (ConnectionResetError(), SourceUnavailable),
        (RuntimeError("something else"), SourceUnavailable),
    ],
)
def test_tells_failures_of_every_library_alike(
    buckets: type[Buckets], reader: MakeReader, fault: Exception, expected: type[Exception]
) -> None:
    buckets.fault = fault
    with pytest.raises(expected) as caught:
        reader("oci://").read("oci://art@museum/2024/b.jpg")
    assert type(caught.value) is expected


def test_tells_that_no_account_is_set_up(reader: MakeReader, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("adlfs", reason="lienzo[azure] is not installed")
    for name in ("CONNECTION_STRING", "ACCOUNT_NAME", "ACCOUNT_KEY", "SAS_TOKEN"):
        monkeypatch.delenv(f"AZURE_STORAGE_{name}", raising=False)
    with pytest.raises(SourceDenied, match="account"):
        reader("az://").read("az://museum/a.jpg")


@pytest.mark.parametrize("name", [name for name, scheme in SCHEMES.items() if scheme.module])
def test_names_the_extra_that_is_missing(
    reader: MakeReader, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    scheme = SCHEMES[name]
    monkeypatch.setitem(sys.modules, scheme.module, None)
    monkeypatch.delitem(sys.modules, "sources.web", raising=False)
    address = f"{name}://{scheme.form.replace('host[:port]', 'museum.example')}"
    with pytest.raises(NotInstalled, match=rf"pip install 'lienzo\[{scheme.extra}\]'"):
        reader(f"{name}://").read(address)
