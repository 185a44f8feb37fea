"""How much memory the palette service needs after many requests, and for a collection in one call.

Run `python -m benchmarks.palette_memory [--requests 1000]`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import cv2
import grpc
import numpy as np

from cli.serving.process import ServiceProcess, resident_bytes
from lienzo.image.v1 import image_pb2, palette_pb2
from lienzo.palette.v1 import palette_pb2 as service_pb2
from lienzo.palette.v1 import palette_pb2_grpc


def photographs(count: int) -> list[bytes]:
    """JPEG files of about a megapixel, each with other colours."""
    random = np.random.default_rng(0)
    files = []
    for _ in range(count):
        coarse = random.integers(0, 256, (12, 16, 3), np.uint8)
        pixels = cv2.resize(coarse, (1152, 864), interpolation=cv2.INTER_CUBIC)
        files.append(cv2.imencode(".jpg", pixels)[1].tobytes())
    return files


def resident_mib(process_id: int) -> float:
    """Resident memory of a process, MiB."""
    return resident_bytes(process_id) / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1000)
    count = parser.parse_args().requests
    files = photographs(20)
    service = ServiceProcess("palette", "--log-level", "error")
    try:
        with grpc.insecure_channel(service.wait_until_listening().target) as channel:
            _measure(palette_pb2_grpc.PaletteServiceStub(channel), files, count, service.pid)
    finally:
        service.stop()


def _measure(stub: palette_pb2_grpc.PaletteServiceStub, files: list[bytes], count: int, pid: int) -> None:
    print(f"at rest                        {resident_mib(pid):6.0f} MiB")
    options = palette_pb2.PaletteOptions(color_count=5)
    start = time.perf_counter()
    for number in range(count):
        image = image_pb2.Image(data=files[number % len(files)])
        stub.ExtractPalette(service_pb2.ExtractPaletteRequest(image=image, options=options))
    rate = count / (time.perf_counter() - start)
    print(
        f"after {count} pictures, one each     {resident_mib(pid):6.0f} MiB   {rate:.0f} a second, one caller"
    )
    for pictures in (count // 10, count):

        def collection(number: int = pictures) -> Iterator[service_pb2.ExtractCollectionPaletteRequest]:
            for each in range(number):
                image = image_pb2.Image(data=files[each % len(files)])
                yield service_pb2.ExtractCollectionPaletteRequest(image=image, options=options)

        answer = stub.ExtractCollectionPalette(collection())
        print(f"after {len(answer.pictures)} in one collection     {resident_mib(pid):6.0f} MiB")


if __name__ == "__main__":
    main()
