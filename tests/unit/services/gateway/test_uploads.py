from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from runtime.status import StatusError
from services.gateway.upload import Upload
from services.gateway.uploads import USED_SECONDS, Uploads, Writer

PICTURE = bytes(range(256)) * 4
DIGEST = hashlib.sha256(PICTURE).hexdigest()
ID = "an-id-of-16-chars"
ANA, BEN = "key ana", "key ben"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def refusal(call: Callable[[], object]) -> StatusError:
    with pytest.raises(StatusError) as caught:
        call()
    return caught.value


def begin(uploads: Uploads, number: int = 0, size: int = len(PICTURE), holder: str = "") -> Writer:
    """Opens an upload of so many bytes of the picture."""
    digest = hashlib.sha256(PICTURE[:size]).hexdigest()
    return uploads.open(holder, f"{ID}-{number}", size, digest, 0)


def send(uploads: Uploads, number: int = 0, size: int = len(PICTURE), holder: str = "") -> Upload:
    """Uploads so many bytes of the picture in one call."""
    with begin(uploads, number, size, holder) as writer:
        writer.append(PICTURE[:size])
        return writer.finish()


def test_goes_on_where_a_broken_upload_stopped() -> None:
    uploads = Uploads(2000, 10_000, 60)
    with begin(uploads) as writer:
        writer.append(PICTURE[:100])

    with uploads.open("", f"{ID}-0", len(PICTURE), DIGEST, 100) as resumed:
        resumed.append(PICTURE[100:])
        resumed.finish()

    assert uploads.picture("", f"{ID}-0") == PICTURE


def test_names_the_right_offset_to_who_goes_on_at_another() -> None:
    uploads = Uploads(2000, 10_000, 60)
    with begin(uploads) as writer:
        writer.append(PICTURE[:100])

    error = refusal(lambda: begin(uploads))

    assert error.reason == "WRONG_OFFSET"
    assert error.metadata["received_bytes"] == "100"


def test_tells_what_is_missing_of_an_upload_that_ended_early_and_keeps_what_came() -> None:
    uploads = Uploads(2000, 10_000, 60)
    with begin(uploads) as writer:
        writer.append(PICTURE[:100])
        error = refusal(writer.finish)

    assert (error.reason, error.metadata) == (
        "UPLOAD_NOT_FINISHED",
        {"received_bytes": "100", "total_bytes": "1024"},
    )
    assert uploads.find("", f"{ID}-0").received_bytes == 100


def test_forgets_a_picture_that_arrived_changed() -> None:
    uploads = Uploads(2000, 10_000, 60)
    with begin(uploads) as writer:
        writer.append(PICTURE[::-1])
        error = refusal(writer.finish)

    assert error.reason == "DIGEST_MISMATCH"
    assert refusal(lambda: uploads.find("", f"{ID}-0")).reason == "UNKNOWN_UPLOAD"


def test_does_not_hand_out_a_picture_before_it_is_whole() -> None:
    uploads = Uploads(2000, 10_000, 60)
    with begin(uploads) as writer:
        writer.append(PICTURE[:100])

    assert refusal(lambda: uploads.picture("", f"{ID}-0")).reason == "UPLOAD_NOT_FINISHED"


def test_forgets_an_upload_that_nobody_went_on_with() -> None:
    clock = Clock()
    uploads = Uploads(2000, 10_000, 60, clock)
    send(uploads)
    clock.now += 61

    assert refusal(lambda: uploads.find("", f"{ID}-0")).reason == "UNKNOWN_UPLOAD"


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
    uploads = Uploads(2000, 10_000, 60)

    assert refusal(lambda: uploads.open("", upload_id, total_bytes, sha256, 0)).reason == reason


def test_refuses_more_bytes_than_were_announced() -> None:
    with begin(Uploads(2000, 10_000, 60), size=10) as writer:
        assert refusal(lambda: writer.append(bytes(11))).reason == "TOO_MANY_BYTES"


def test_heads_without_bytes_leave_room_for_pictures() -> None:
    uploads = Uploads(2000, 2500, 60)
    for number in range(1, 13):
        begin(uploads, number)  # and never leaves

    send(uploads)

    assert uploads.picture("", f"{ID}-0") == PICTURE


def test_keeps_no_more_bytes_than_it_may() -> None:
    uploads = Uploads(2000, 2500, 60)
    send(uploads, 1)
    send(uploads, 2)

    assert refusal(lambda: begin(uploads, 3)).reason == "TOO_MANY_UPLOADS"
    send(uploads, 4, 400)


def test_pictures_that_arrive_side_by_side_are_refused_at_their_beginning_and_not_at_their_end() -> None:
    uploads = Uploads(2000, 1500, 60)
    first, second = begin(uploads, 1), begin(uploads, 2)
    first.append(PICTURE[:10])

    assert refusal(lambda: second.append(PICTURE[:10])).reason == "TOO_MANY_UPLOADS"
    first.append(PICTURE[10:])
    first.finish()


def test_what_did_not_arrive_takes_no_room_once_its_caller_has_left() -> None:
    uploads = Uploads(2000, 1500, 60)
    with begin(uploads, 1) as writer:
        writer.append(PICTURE[:10])

    send(uploads, 2)

    assert uploads.find("", f"{ID}-1").received_bytes == 10


def test_pictures_that_were_used_make_room_the_one_used_first_first() -> None:
    uploads = Uploads(2000, 2500, 60)
    send(uploads, 1)
    send(uploads, 2)
    for number in (2, 1):
        uploads.picture("", f"{ID}-{number}")

    for number in range(3, 60):
        send(uploads, number)
        uploads.picture("", f"{ID}-{number}")

    assert refusal(lambda: uploads.find("", f"{ID}-1")).reason == "UNKNOWN_UPLOAD"
    assert uploads.kept_bytes <= 2500


def test_a_used_picture_is_kept_for_a_repeated_call_and_then_freed() -> None:
    clock = Clock()
    uploads = Uploads(2000, 2500, 600, clock)
    send(uploads)
    for _ in range(2):
        uploads.picture("", f"{ID}-0")
    clock.now += USED_SECONDS + 1
    uploads.forget_expired()

    assert uploads.kept_bytes == 0


def test_another_key_finds_nothing_and_changes_nothing() -> None:
    uploads = Uploads(2000, 10_000, 60)
    with begin(uploads, holder=ANA) as writer:
        writer.append(PICTURE[:100])
    resumed = (f"{ID}-0", len(PICTURE), DIGEST, 100)

    for answer in (uploads.find, uploads.picture):
        theirs = refusal(lambda: answer(BEN, f"{ID}-0"))  # noqa: B023  # called at once
        unknown = refusal(lambda: answer(BEN, f"{ID}-1"))  # noqa: B023
        assert theirs.message == unknown.message.replace(f"{ID}-1", f"{ID}-0")
    error = refusal(lambda: uploads.open(BEN, *resumed))
    assert (error.reason, error.metadata["received_bytes"]) == ("WRONG_OFFSET", "0")

    with uploads.open(ANA, *resumed) as writer:
        writer.append(PICTURE[100:])
        writer.finish()


def test_one_key_cannot_take_all_the_room() -> None:
    uploads = Uploads(1024, 4096, 60)
    for number in range(2):
        send(uploads, number, holder=ANA)

    assert refusal(lambda: begin(uploads, 3, holder=ANA)).reason == "TOO_MANY_UPLOADS"
    send(uploads, 3, holder=BEN)


def test_who_goes_on_takes_over_from_the_call_before() -> None:
    uploads = Uploads(2000, 10_000, 60)
    first = begin(uploads)
    first.append(PICTURE[:100])
    second = uploads.open("", f"{ID}-0", len(PICTURE), DIGEST, 100)

    for late in (lambda: first.append(PICTURE[100:]), first.finish):
        assert refusal(late).reason == "UPLOAD_TAKEN_OVER"
    first.close()
    second.append(PICTURE[100:])
    second.finish()

    assert uploads.picture("", f"{ID}-0") == PICTURE
