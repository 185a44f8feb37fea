"""`lienzo classify` against real services."""

from __future__ import annotations

import datetime
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.commands import children_of
from tests.support.verified import CORNERS, SHOWN, write_photos, write_verifying_model


def test_tells_what_a_photo_shows(lienzo: Any, place: Any, target: str) -> None:
    ran = lienzo("classify", place.photo("circles"), "--target", target)
    assert (ran.status, ran.err) == (0, "")
    assert "circles" in ran.out
    assert "ms (" in ran.out


def test_a_folder_is_answered_in_order(lienzo: Any, place: Any, target: str) -> None:
    ran = lienzo("classify", str(place.photos), "--target", target)
    lines = ran.out.splitlines()
    assert len(lines) == 6
    assert [line.split()[1] for line in lines] == ["circles"] * 2 + ["grid"] * 2 + ["strokes"] * 2


def test_one_picture_is_an_object_in_json(lienzo: Any, place: Any, target: str) -> None:
    ran = lienzo("classify", place.photo("grid"), "--target", target, "--json", "--model", "shapes")
    answer = json.loads(ran.out)
    assert (answer["label"], answer["recognized"], answer["model"]["version"]) == ("grid", True, 1)
    assert answer["image_info"] == {"format": "jpeg", "width_px": 320, "height_px": 240, "region": None}
    assert {"features", "classification", "total"} <= set(answer["timings_ms"])


def test_shows_names_in_the_language_that_is_asked_for(lienzo: Any, place: Any, target: str) -> None:
    ran = lienzo("classify", place.photo("grid"), "--target", target, "--language", "es")
    assert "  La cuadrícula (grid)  " in ran.out


def test_several_pictures_are_a_list_in_json_and_one_bad_one_spoils_nothing(
    lienzo: Any, place: Any, target: str, tmp_path: Path
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("no picture")
    ran = lienzo("classify", place.photo("strokes"), str(notes), "--target", target, "--json")
    good, bad = json.loads(ran.out)
    assert ran.status == 2
    assert good["label"] == "strokes"
    assert (bad["picture"], bad["error"]["reason"]) == (str(notes), "NOT_A_PICTURE")


def test_a_doubtful_answer_is_verified_by_services_that_are_started_and_stopped_for_it(
    lienzo: Any, tmp_path: Path
) -> None:
    write_verifying_model(tmp_path / "models")
    photos = write_photos(tmp_path / "photos")
    files = [str(each) for each in (photos.doubtful, photos.clear, photos.stranger)]
    before = children_of(os.getpid())
    ran = lienzo("classify", *files, "--models", str(tmp_path / "models"), "--json")
    assert (ran.status, ran.err) == (0, "")
    assert children_of(os.getpid()) == before  # the services that were started for it have ended
    doubtful, clear, stranger = json.loads(ran.out)
    assert (doubtful["label"], doubtful["recognized"], doubtful["verified"]) == (SHOWN, True, True)
    assert doubtful["agreeing_points"] >= 8
    np.testing.assert_allclose(doubtful["outline"], CORNERS, atol=6)
    assert "verification" in doubtful["timings_ms"]
    assert (clear["label"], clear["verified"], clear["agreeing_points"]) == (SHOWN, False, None)
    assert (stranger["label"], stranger["verified"]) == (None, False)
    assert stranger["agreeing_points"] < 8


def test_a_text_file_is_refused_in_words(lienzo: Any, target: str, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("no picture")
    ran = lienzo("classify", str(notes), "--target", target)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        f"{notes}: not a picture (text/plain). JPEG, PNG, WebP, GIF, TIFF, BMP and HEIC are read.\n"
    )


def test_a_picture_of_nothing_known_says_what_comes_nearest(lienzo: Any, target: str, tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    blank.write_bytes(cv2.imencode(".png", np.full((64, 64, 3), 128, np.uint8))[1].tobytes())
    ran = lienzo("classify", str(blank), "--target", target)
    assert ran.status == 0
    assert "not recognised" in ran.out
    assert "threshold 70 %" in ran.out


def test_why_one_is_not_recognised_is_said_by_a_command_that_works(
    lienzo: Any, place: Any, target: str, tmp_path: Path
) -> None:
    blank = tmp_path / "it's blank.png"
    blank.write_bytes(cv2.imencode(".png", np.full((64, 64, 3), 128, np.uint8))[1].tobytes())
    models = ("--models", str(place.models))
    ran = lienzo("classify", str(blank), str(blank), *models, "--region", "0,0,60,50")
    (line,) = ran.err.splitlines()
    assert line.startswith("Why not? lienzo explain ")
    explained = lienzo(*shlex.split(line.partition("lienzo ")[2]), "--output", str(tmp_path / "page.html"))
    assert explained.out.startswith(f"{blank}: not recognised")
    assert "Of it 60 × 50 from 0, 0." in (tmp_path / "page.html").read_text("utf-8")
    there = lienzo("classify", str(blank), "--target", target)
    assert there.err.startswith("Why not? Where the model is: lienzo explain ")
    assert lienzo("classify", place.photo("grid"), str(blank), "--target", target, "--json").err == ""


def test_an_unknown_model_is_told_with_a_suggestion(lienzo: Any, place: Any, target: str) -> None:
    expected = 'No model "shape". There are: shapes (version 1). Did you mean shapes?\n'
    for where in (("--target", target), ("--models", str(place.models))):
        ran = lienzo("classify", place.photo("circles"), "--model", "shape", *where)
        assert (ran.status, ran.out, ran.err) == (2, "", expected)


def test_a_gateway_that_is_not_there_is_named_with_a_hint(lienzo: Any, place: Any, unused_port: int) -> None:
    ran = lienzo("classify", str(place.photos), "--target", f"127.0.0.1:{unused_port}")
    assert ran.status == 2
    assert ran.err.startswith(f"127.0.0.1:{unused_port} does not answer (connection refused")
    assert ran.err.endswith("Is the gateway running there? Try: lienzo serve\n")


@pytest.mark.parametrize(
    ("name", "problem"),
    [("nowhere.jpg", "no such file or folder."), ("empty", "no pictures in this folder.")],
)
def test_what_is_not_there_is_told_before_anything_starts(
    lienzo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    ran = lienzo("classify", name)
    assert (ran.status, ran.out, ran.err) == (2, "", f"{name}: {problem}\n")


def test_an_empty_model_repository_says_how_to_train(lienzo: Any, place: Any, tmp_path: Path) -> None:
    ran = lienzo("classify", place.photo("circles"), "--models", str(tmp_path))
    assert ran.status == 2
    assert "lienzo train DIR" in ran.err


def test_an_address_is_left_to_the_server(lienzo: Any, target: str) -> None:
    ran = lienzo("classify", "s3://other-bucket/a.jpg", "--target", target)
    assert ran.status == 2
    assert "does not read s3://other-bucket" in ran.err
    assert "LIENZO_GATEWAY_ALLOWED_URIS" in ran.err


def test_a_deadline_that_passes_is_told(lienzo: Any, place: Any, target: str) -> None:
    ran = lienzo("classify", place.photo("circles"), "--target", target, "--timeout", "0.001")
    assert ran.status == 1
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1


def test_tls_to_plain_text_is_one_line(place: Any, target: str, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(hours=1))
    authority = tmp_path / "authority.pem"
    authority.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    # A process of its own: gRPC decides what it writes when it is loaded.
    flags = ["--target", target, "--root-certificates", str(authority)]
    ran = subprocess.run(
        [sys.executable, "-m", "cli", "classify", place.photo("circles"), *flags],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"{target} does not answer (it does not speak TLS).")
    assert len(ran.stderr.splitlines()) == 1


def test_plain_text_to_another_machine_has_to_be_asked_for(
    lienzo: Any, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = lienzo("classify", place.photo("circles"), "--target", "no.such.host.invalid:1", "--insecure")
    assert ran.status == 2
    assert ran.err.startswith("no.such.host.invalid:1 does not answer (no such host). Expected a target")
