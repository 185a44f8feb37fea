"""Between the contract and the gateway's own objects."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from lienzo.gateway.v1 import gateway_pb2
from lienzo.image.v1 import recognition_pb2
from services.gateway.downloads import Download
from services.gateway.uploads import Upload


def to_upload_response(upload: Upload) -> gateway_pb2.UploadImageResponse:
    """What the sender of a picture is told at the end."""
    return gateway_pb2.UploadImageResponse(
        upload_id=upload.upload_id, received_bytes=len(upload.data), expire_time=_moment(upload.expires)
    )


def to_upload_state(upload: Upload) -> gateway_pb2.GetUploadResponse:
    """What somebody who wants to go on is told."""
    return gateway_pb2.GetUploadResponse(
        received_bytes=len(upload.data), total_bytes=upload.total_bytes, expire_time=_moment(upload.expires)
    )


def to_download_head(download: Download, *, is_current: bool) -> gateway_pb2.DownloadModelResponse:
    """What comes before the chunks of a package."""
    manifest = download.manifest
    head = gateway_pb2.DownloadHead(
        model=recognition_pb2.ModelVersion(name=manifest.name, version=manifest.version),
        total_bytes=download.total_bytes,
        sha256=download.sha256,
        is_current=is_current,
    )
    return gateway_pb2.DownloadModelResponse(head=head)


def _moment(seconds: float) -> Timestamp:
    moment = Timestamp()
    moment.FromMilliseconds(round(seconds * 1000))
    return moment
