"""The code of the READMEs, compiled as it stands there, asks a running gateway."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.e2e.platforms.conftest import ANSWERS, DRIVERS, Door, protoc, run
from tests.support.snippets import CLIENTS, write_snippets

JARS = Path("/usr/share/java")
GRPC = (
    *("grpc-api", "grpc-context", "grpc-core", "grpc-netty", "grpc-protobuf-lite", "grpc-stub", "protobuf"),
    *(
        "guava",
        "perfmark-api",
        "geronimo-annotation-1.3-spec",
        "netty-buffer",
        "netty-codec",
        "netty-codec-http",
    ),
    *("netty-codec-http2", "netty-common", "netty-handler", "netty-resolver", "netty-transport"),
)


def test_java_asks_over_grpc_with_the_lite_runtime(
    door: Door, needs: Callable[..., None], tmp_path: Path
) -> None:
    jars = [str(JARS / f"{name}.jar") for name in GRPC]
    packages = "default-jdk-headless protobuf-compiler protobuf-compiler-grpc-java-plugin libgrpc-java"
    packages += " libnetty-java libperfmark-java libgeronimo-annotation-1.3-spec-java"
    needs(packages, "javac", "java", "protoc", "grpc_java_plugin", *jars)
    plugin = f"--plugin=protoc-gen-grpc-java={run('which', 'grpc_java_plugin').strip()}"
    known = "google/protobuf/timestamp.proto", "google/protobuf/any.proto", "google/protobuf/duration.proto"
    protoc(f"--java_out=lite:{tmp_path}", f"--grpc-java_out=lite:{tmp_path}", plugin, *known, errors=True)
    write_snippets(CLIENTS / "android/README.md", tmp_path, "Gateway.java")
    path = os.pathsep.join(jars)
    sources = [*tmp_path.rglob("*.java"), DRIVERS / "Ask.java"]
    run("javac", "-proc:none", "-nowarn", "-cp", path, "-d", tmp_path / "out", *sources)
    asked = ("java", "-cp", f"{tmp_path / 'out'}{os.pathsep}{path}", "Ask")
    assert door.asked_by(*asked, http=False) == ANSWERS


def test_kotlin_asks_over_plain_http(door: Door, needs: Callable[..., None], tmp_path: Path) -> None:
    json = JARS / "com.android.json.jar"
    needs("kotlin libandroid-json-java", "kotlinc", "kotlin", str(json))
    write_snippets(CLIENTS / "android/README.md", tmp_path, "PlainGateway.kt")
    out = tmp_path / "out"
    sample = CLIENTS / "android/sample/app/src/main/java/museum/lienzo/Gateway.kt"
    run(
        "kotlinc",
        "-nowarn",
        "-cp",
        json,
        "-d",
        out,
        tmp_path / "PlainGateway.kt",
        sample,
        *DRIVERS.glob("*.kt"),
    )
    ask = ("kotlin", "-cp", f"{out}{os.pathsep}{json}")
    assert door.asked_by(*ask, "AskKt", http=True) == ANSWERS
    known, unknown, *others = door.asked_by(*ask, "AskSampleKt", http=True)
    assert (known, unknown.split()[::2]) == ("rocket true true 0", ["null", "true"])
    assert others == ["NOT_A_PICTURE", "1600"]


def test_go_asks_over_grpc(door: Door, needs: Callable[..., None], tmp_path: Path) -> None:
    libraries = "/usr/share/gocode/src"
    packages = (
        "golang-go golang-google-grpc-dev golang-google-genproto-dev protoc-gen-go-1-3 protobuf-compiler"
    )
    # The library of Debian's gRPC: messages for another one do not fit it.
    needs(
        packages,
        "go",
        "protoc",
        "protoc-gen-go",
        f"{libraries}/github.com/golang/protobuf/proto/table_marshal.go",
    )
    place = tmp_path / "src"
    (place / "museum/gateway").mkdir(parents=True)
    known = "Mgoogle/protobuf/timestamp.proto=github.com/golang/protobuf/ptypes/timestamp"
    for area in ("image", "gateway"):  # a package at a time
        protoc(f"--go_out=plugins=grpc,{known}:{place}", areas=(area,))
    write_snippets(CLIENTS / "go/README.md", place / "museum/gateway", "gateway.go")
    (place / "museum/ask.go").write_text((DRIVERS / "ask.go").read_text())
    program = tmp_path / "ask"
    path = os.pathsep.join((str(tmp_path), "/usr/share/gocode"))
    run("go", "build", "-o", program, "museum", GO111MODULE="off", GOPATH=path, GOFLAGS="-p=2")
    assert door.asked_by(program, http=False) == ANSWERS


def test_cpp_asks_over_grpc(door: Door, needs: Callable[..., None], tmp_path: Path) -> None:
    packages = "g++ pkg-config libgrpc++-dev protobuf-compiler protobuf-compiler-grpc"
    needs(packages, "g++", "pkg-config", "protoc", "grpc_cpp_plugin", "/usr/include/grpcpp/grpcpp.h")
    plugin = f"--plugin=protoc-gen-grpc={run('which', 'grpc_cpp_plugin').strip()}"
    protoc(f"--cpp_out={tmp_path}", f"--grpc_out={tmp_path}", plugin, errors=True)
    write_snippets(CLIENTS / "cpp/README.md", tmp_path, "gateway.hpp")
    flags = run("pkg-config", "--cflags", "--libs", "grpc++", "protobuf").split()
    program = tmp_path / "ask"
    # As one unit, so that headers are read once; its parts use some names more than once.
    parts = [path for path in tmp_path.rglob("*.pb.cc") if not path.name.endswith(".grpc.pb.cc")]
    parts += [tmp_path / "lienzo/gateway/v1/gateway.grpc.pb.cc", DRIVERS / "ask.cpp"]
    lines = ['#include "gateway.hpp"']
    for number, part in enumerate(parts):
        lines += [f"#define {name} {name}{number}" for name in ("schemas", "file_default_instances")]
        lines += [f'#include "{part}"', "#undef schemas", "#undef file_default_instances"]
    whole = tmp_path / "whole.cpp"
    whole.write_text("\n".join(lines) + "\n")
    run("g++", "-std=c++17", "-O0", f"-I{tmp_path}", whole, "-o", program, *flags)
    assert door.asked_by(program, http=False) == ANSWERS


def test_csharp_asks_as_the_original_app(door: Door, needs: Callable[..., None], tmp_path: Path) -> None:
    needs("mono-mcs mono-devel", "mcs", "mono", "/usr/lib/mono/4.5/System.Net.Http.dll")
    write_snippets(CLIENTS / "dotnet/README.md", tmp_path, "OriginalApp.cs")
    program = tmp_path / "ask.exe"
    sources = (tmp_path / "OriginalApp.cs", DRIVERS / "Ask.cs")
    run("mcs", "-warnaserror", "-r:System.Net.Http.dll", f"-out:{program}", *sources)
    assert door.asked_by("mono", program, http=True) == ANSWERS
