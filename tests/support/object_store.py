"""A real S3 server on loopback, with small pages, that counts requests, can be slow, and can break off."""

from __future__ import annotations

import json
import logging
import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest

BUCKET, DENIED_BUCKET = "museum", "vault"
PAGE = 10
_READER = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{DENIED_BUCKET}*"]},
    ],
}
_Start = Callable[[str, list[tuple[str, str]]], Any]


@dataclass
class ObjectStore:
    """The server, with a bucket that may be read and one that may not.

    Attributes:
        url: Where it is.
        environment: What a process needs to reach it: address and keys of a user who may use one bucket.
        requests: `GET /museum/a.jpg` and so on, everything that was asked.
        go_on: Objects below `slow/` come when this is set.
    """

    url: str
    environment: dict[str, str]
    requests: list[str] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)

    def put(self, key: str, data: bytes) -> str:
        """Stores an object and returns its address; one below `broken/` breaks off in the middle."""
        self.client.put_object(Bucket=BUCKET, Key=key, Body=data)
        return f"s3://{BUCKET}/{key}"

    def bucket(self, name: str, objects: Mapping[str, bytes]) -> str:
        """Makes a bucket with objects by key, and returns its address without a slash at the end."""
        self.client.create_bucket(Bucket=name)
        for key, data in objects.items():
            self.client.put_object(Bucket=name, Key=key, Body=data)
        return f"s3://{name}"

    @cached_property
    def client(self) -> Any:
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            region_name="us-east-1",
        )

    def asked(self, text: str) -> int:
        """Counts the requests that contain a text."""
        return sum(text in each for each in self.requests)

    def between(self, application: Callable[..., Any]) -> Callable[..., Any]:
        """Wraps the server's application: counts requests, and adds the faults."""

        def answer(environ: Mapping[str, Any], start: _Start) -> Iterable[bytes]:
            path = environ["PATH_INFO"]
            self.requests.append(f"{environ['REQUEST_METHOD']} {path}")
            if environ["REQUEST_METHOD"] == "GET" and path.startswith(f"/{BUCKET}/slow/"):
                self.go_on.wait(30)
            answered: Iterable[bytes] = application(environ, start)
            if environ["REQUEST_METHOD"] == "GET" and path.startswith(f"/{BUCKET}/broken/"):
                whole = b"".join(answered)
                return _broken_off(whole)
            return answered

        return answer


def _broken_off(whole: bytes) -> Iterator[bytes]:
    yield whole[: len(whole) // 2]
    raise ConnectionResetError


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """Starts the server with its buckets and its user, who may use one of them."""
    # Their import takes as long as a dozen tests, and most files that name a store are not run with one.
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    anybody = {"endpoint_url": url, "aws_access_key_id": "a", "aws_secret_access_key": "a"}
    s3, iam = (boto3.client(name, region_name="us-east-1", **anybody) for name in ("s3", "iam"))
    for name in (BUCKET, DENIED_BUCKET):
        s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=DENIED_BUCKET, Key="secret.jpg", Body=b"secret")
    iam.create_user(UserName="reader")
    iam.put_user_policy(UserName="reader", PolicyName="one-bucket", PolicyDocument=json.dumps(_READER))
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    switch_on = urllib.request.Request(
        f"{url}/moto-api/reset-auth", b"0", {"content-type": "text/plain"}, method="POST"
    )
    urllib.request.urlopen(switch_on).close()  # from here on keys and policies count
    store = ObjectStore(
        url,
        {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_DEFAULT_REGION": "us-east-1",
        },
    )
    running: Any = server._server
    running.app = store.between(running.app)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", str(PAGE))
            for name, value in store.environment.items():
                patch.setenv(name, value)
            yield store
    finally:
        store.go_on.set()
        server.stop()
        running.server_close()
