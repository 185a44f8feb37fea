"""How much memory one palette over a thousand pictures of a bucket needs, in one call.

Run `python -m benchmarks.bucket_memory [--pictures 1000]`. The bucket is one of a real S3 server (moto's) on
loopback, in this process; the gateway and the palette service are processes of their own.
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import time
from pathlib import Path

import boto3
import grpc
from moto.server import ThreadedMotoServer

from benchmarks.palette_memory import photographs
from cli.serving.launcher import running_services
from cli.serving.process import ServiceProcess, resident_bytes
from lienzo.gateway.v1 import gateway_pb2
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from lienzo.image.v1 import image_pb2, palette_pb2

BUCKET = "museum"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=1000)
    count = parser.parse_args().pictures
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_DEFAULT_REGION": "us-east-1",
        "LIENZO_GATEWAY_ALLOWED_URIS": f"s3://{BUCKET}/",
    }
    mebibytes = _fill(environment["AWS_ENDPOINT_URL"], count) / 2**20
    print(f"{count} pictures of about a megapixel, {mebibytes:.0f} MiB together")
    with (
        tempfile.TemporaryDirectory() as models,
        running_services(["palette"], folders={"models": Path(models)}, environment=environment) as stack,
        grpc.insecure_channel(stack["gateway"].target) as channel,
    ):
        _tell("at rest", stack)
        for folder in ("tenth", "all"):
            start = time.perf_counter()
            read = _palette(GatewayServiceStub(channel), f"s3://{BUCKET}/{folder}/")
            rate = read / (time.perf_counter() - start)
            _tell(f"after {read} in one call", stack, f"{rate:.0f} a second")
    server.stop()


def _fill(url: str, count: int) -> int:
    files = photographs(20)
    s3 = boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id="benchmark",
        aws_secret_access_key="benchmark",  # the server is this process's own
        region_name="us-east-1",
    )
    s3.create_bucket(Bucket=BUCKET)
    for folder, number in (("tenth", count // 10), ("all", count)):
        for each in range(number):
            s3.put_object(Bucket=BUCKET, Key=f"{folder}/{each:05}.jpg", Body=files[each % len(files)])
    return sum(len(files[each % len(files)]) for each in range(count))


def _palette(stub: GatewayServiceStub, uri: str) -> int:
    request = gateway_pb2.ExtractCollectionPaletteRequest(
        request_id="bucket",
        image=image_pb2.Image(uri=uri),
        options=palette_pb2.PaletteOptions(color_count=5),
    )
    answer = stub.ExtractCollectionPalette(iter([request]))
    if answer.failures:
        raise SystemExit(f"{len(answer.failures)} failed, the first: {answer.failures[0]}")
    return len(answer.pictures)


def _tell(moment: str, stack: dict[str, ServiceProcess], rate: str = "") -> None:
    sizes = "   ".join(f"{name} {resident_bytes(stack[name].pid) / 2**20:4.0f} MiB" for name in stack)
    print(f"{moment:26} {sizes}   {rate}".rstrip())


if __name__ == "__main__":
    main()
