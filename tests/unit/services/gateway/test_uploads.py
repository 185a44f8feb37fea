from __future__ import annotations

import hashlib

import pytest

from runtime.status import StatusError
from services.gateway.uploads import Uploads

PICTURE = bytes(range(256)) * 4
DIGEST = hashlib.sha256(PICTURE).hexdigest()
ID = "an-id-of-16-chars"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def reason_of(error: pytest.ExceptionInfo[StatusError]) -> str:
    return error.value.reason


def test_goes_on_where_a_broken_upload_stopped() -> None:
    uploads = Uploads(2000, 10_000, 60)
    uploads.append(uploads.open(ID, len(PICTURE), DIGEST, 0), PICTURE[:100])

    resumed = uploads.open(ID, len(PICTURE), DIGEST, 100)
    uploads.append(resumed, PICTURE[100:])
    uploads.finish(resumed)

    assert uploads.picture(ID) == PICTURE


def test_names_the_right_offset_to_who_goes_on_at_another() -> None:
    uploads = Uploads(2000, 10_000, 60)
    uploads.append(uploads.open(ID, len(PICTURE), DIGEST, 0), PICTURE[:100])

    with pytest.raises(StatusError) as error:
        uploads.open(ID, len(PICTURE), DIGEST, 0)

    assert reason_of(error) == "WRONG_OFFSET"
    assert error.value.metadata["received_bytes"] == "100"


def test_forgets_a_picture_that_arrived_changed() -> None:
    uploads = Uploads(2000, 10_000, 60)
    upload = uploads.open(ID, len(PICTURE), DIGEST, 0)
    uploads.append(upload, PICTURE[::-1])

    with pytest.raises(StatusError) as error:
        uploads.finish(upload)

    assert reason_of(error) == "DIGEST_MISMATCH"
    with pytest.raises(StatusError, match="No upload"):
        uploads.find(ID)


def test_does_not_hand_out_a_picture_before_it_is_whole() -> None:
    uploads = Uploads(2000, 10_000, 60)
    uploads.append(uploads.open(ID, len(PICTURE), DIGEST, 0), PICTURE[:100])

    with pytest.raises(StatusError) as error:
        uploads.picture(ID)

    assert reason_of(error) == "UPLOAD_NOT_FINISHED"


def test_forgets_an_upload_that_nobody_went_on_with() -> None:
    clock = Clock()
    uploads = Uploads(2000, 10_000, 60, clock)
    uploads.open(ID, len(PICTURE), DIGEST, 0)
    clock.now += 61

    with pytest.raises(StatusError) as error:
        uploads.find(ID)

    assert reason_of(error) == "UNKNOWN_UPLOAD"


@pytest.mark.parametrize(
    ("upload_id", "total_bytes", "sha256", "reason"),
    [
        (ID, 2001, DIGEST, "PICTURE_TOO_LARGE"),
        (ID, 0, DIGEST, "INVALID_UPLOAD_HEAD"),
        (ID, 10, "no digest", "INVALID_UPLOAD_HEAD"),
        ("short", 10, DIGEST, "INVALID_UPLOAD_HEAD"),
        ("../../../etc/passwd", 10, DIGEST, "INVALID_UPLOAD_HEAD"),
    ],
)
def test_refuses_a_head_that_promises_nothing_usable(
    upload_id: str, total_bytes: int, sha256: str, reason: str
) -> None:
    with pytest.raises(StatusError) as error:
        Uploads(2000, 10_000, 60).open(upload_id, total_bytes, sha256, 0)

    assert reason_of(error) == reason


def test_refuses_more_bytes_than_were_announced() -> None:
    uploads = Uploads(2000, 10_000, 60)

    with pytest.raises(StatusError) as error:
        uploads.append(uploads.open(ID, 10, DIGEST, 0), bytes(11))

    assert reason_of(error) == "TOO_MANY_BYTES"


def test_keeps_no_more_announced_bytes_than_it_may() -> None:
    uploads = Uploads(2000, 2500, 60)
    uploads.open(ID, 2000, DIGEST, 0)

    with pytest.raises(StatusError) as error:
        uploads.open("another-id-of-16-chars", 501, DIGEST, 0)

    assert reason_of(error) == "TOO_MANY_UPLOADS"
