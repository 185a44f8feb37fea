"""Names for generated code, and what the contract says about repeating calls."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path

import pytest
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet, MethodOptions
from google.rpc import error_details_pb2, status_pb2
from grpc_tools import protoc

from clients.generate import THIRD_PARTY, generate

CONTRACT = Path(__file__).resolve().parents[2] / "protos"
FILES = [
    import_module(".".join(path.relative_to(CONTRACT).with_suffix("").parts) + "_pb2").DESCRIPTOR
    for path in sorted((CONTRACT / "lienzo").rglob("*.proto"))
]
CHANGES = {"UploadImage", "AddWork", "UpdateWork", "RemoveWork"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_names_its_generated_code_by_one_rule(file: FileDescriptor) -> None:
    _, area, version = file.package.split(".")
    options = file.GetOptions()
    assert options.java_package == file.package
    assert options.java_multiple_files
    assert options.csharp_namespace == f"Lienzo.{area.capitalize()}.{version.upper()}"
    assert options.go_package == f"lienzo/{area}/{version};{area}{version}"
    assert re.fullmatch("LZ[A-Z]", options.objc_class_prefix)


def test_no_two_areas_share_a_prefix_in_objective_c() -> None:
    prefixes = {file.package: file.GetOptions().objc_class_prefix for file in FILES}
    assert len(FILES) > len(prefixes) == len(set(prefixes.values())) > 5


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_calls_without_side_effects_say_so(file: FileDescriptor) -> None:
    for service in file.services_by_name.values():
        for method in service.methods:
            streams = method.client_streaming or method.server_streaming
            reads = not streams and method.name not in CHANGES and service.name != "PeerService"
            level = method.GetOptions().idempotency_level
            assert (level == MethodOptions.NO_SIDE_EFFECTS) is reads, method.full_name


def test_the_messages_of_errors_come_with_the_contract(tmp_path: Path) -> None:
    output = tmp_path / "rpc.binpb"
    known = Path(protoc.__file__).parent / "_proto"
    sources = [str(path) for path in sorted(THIRD_PARTY.rglob("*.proto"))]
    flags = [f"--proto_path={THIRD_PARTY}", f"--proto_path={known}", f"--descriptor_set_out={output}"]
    assert protoc.main(["protoc", *flags, *sources]) == 0
    shipped = {
        f"{file.package}.{message.name}": {field.name: field.number for field in message.field}
        for file in FileDescriptorSet.FromString(output.read_bytes()).file
        for message in file.message_type
    }
    for message in (
        status_pb2.Status,
        error_details_pb2.ErrorInfo,
        error_details_pb2.RequestInfo,
        error_details_pb2.RetryInfo,
    ):
        sent = {field.name: field.number for field in message.DESCRIPTOR.fields}
        assert shipped[message.DESCRIPTOR.full_name] == sent


@pytest.mark.skipif(not Path(sys.executable).with_name("protoc").exists(), reason="protoc is not installed")
@pytest.mark.parametrize(
    ("platform", "file", "text"),
    [
        ("java", "lienzo/gateway/v1/ClassifyImageRequest.java", "package lienzo.gateway.v1;"),
        ("csharp", "Lienzo/Gateway/V1/Gateway.cs", "namespace Lienzo.Gateway.V1 {"),
        ("objc", "lienzo/gateway/v1/Gateway.pbobjc.h", "@interface LZGClassifyImageRequest "),
        ("objc", "lienzo/image/v1/Recognition.pbobjc.h", "@interface LZIPoint "),
        ("objc", "google/rpc/ErrorDetails.pbobjc.h", "@interface RPCErrorInfo "),
    ],
)
def test_generated_code_has_these_names(tmp_path: Path, platform: str, file: str, text: str) -> None:
    generate(tmp_path, platform)
    assert text in (tmp_path / file).read_text(encoding="utf-8")
