"""Services as processes of their own: started, told to end, killed, and gone with whoever started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from cli.errors import CliError
from cli.serving.launcher import check_installed, for_loopback, running_services
from cli.serving.process import ServiceFailed, ServiceProcess, StartStopped, resident_bytes
from lienzo_client import Client
from services.table import GATEWAY
from tests.support.commands import children_of, is_alive, read_line, wait_until_gone
from tests.support.services import starting_services


def test_services_of_a_killed_command_end_too(place: Any) -> None:
    script = (
        "import sys, time; from pathlib import Path; from cli.serving.launcher import running_services\n"
        "with running_services(['features'], folders={'models': Path(sys.argv[1])}) as services:\n"
        "    print(services['gateway'].target, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(place.models)], stdout=subprocess.PIPE, text=True
    )
    assert read_line(process).startswith("127.0.0.1:")
    children = children_of(process.pid)
    assert len(children) == 2
    process.kill()
    process.communicate()
    wait_until_gone(children)


def test_a_service_that_does_not_start_says_why_and_keeps_its_log() -> None:
    service = ServiceProcess("features", "--workers", "0", "--queue", "-1")
    with pytest.raises(ServiceFailed, match=r"^The features service did not start: .*queue") as caught:
        service.wait_until_listening()
    assert caught.value.status == service.wait() == 2
    (log,) = caught.value.__notes__
    assert "workers" in log
    assert log == service.log


def test_a_service_that_is_not_up_in_time_is_told() -> None:
    service = ServiceProcess("palette")
    with pytest.raises(ServiceFailed, match=r"The palette service is not up after 0 s"):
        service.wait_until_listening(0)
    service.kill()


def test_a_service_that_is_held_begins_when_it_is_told_and_takes_further_flags() -> None:
    service = ServiceProcess("palette", "--log-level", "error", is_held=True)
    try:
        service.wait_until_settings_fit()
        assert service.exit_status is None
        service.go_on("--log-level", "info", "--metrics-port", "0")
        assert service.wait_until_listening().target
        assert "serving" not in service.log  # the flags that it was started with count
    finally:
        assert service.stop() == 0


def test_a_service_that_is_held_ends_with_who_started_it() -> None:
    script = (
        "import time; from cli.serving.process import ServiceProcess\n"
        "service = ServiceProcess('palette', is_held=True)\n"
        "service.wait_until_settings_fit(); print(service.pid, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    child = int(read_line(process))
    assert is_alive(child)
    process.kill()
    process.communicate()
    wait_until_gone([child])


def test_a_start_that_is_stopped_waits_for_nothing_and_leaves_nothing() -> None:
    others, children = set(children_of(os.getpid())), set[int]()

    def stop(seconds: float) -> bool:
        children.update(children_of(os.getpid()))
        return True

    with pytest.raises(StartStopped), running_services(["palette"], pause=stop):
        pytest.fail("it is not up yet")
    assert children - others
    wait_until_gone(list(children - others))


def test_a_key_that_interrupts_the_command_does_not_reach_its_services() -> None:
    service = ServiceProcess("palette")
    try:
        assert os.getpgid(service.pid) == service.pid != os.getpgrp()
    finally:
        service.kill()


def test_a_service_listens_where_it_is_told_and_ends_as_it_is_told() -> None:
    with starting_services() as start:
        first = start("palette", "--drain-seconds", "0")
        assert (first.exit_status, first.url) == (None, "")
        assert resident_bytes(first.pid) > 2**20
        assert first.stop() == 0
        assert "serving lienzo.palette.v1.PaletteService" in first.log
        again = start("palette", "--grpc-port", first.target.rpartition(":")[2])
        assert again.target == first.target
        again.kill()
    assert again.exit_status == -signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        resident_bytes(again.pid)


def test_one_that_fails_takes_the_others_with_it() -> None:
    before = set(children_of(os.getpid()))
    with (
        pytest.raises(ServiceFailed, match=r"The gateway service did not start: .*max_streams"),
        running_services(["palette"], gateway_flags=["--max-streams", "0"]),
    ):
        pass
    assert not any(map(is_alive, set(children_of(os.getpid())) - before))


def test_a_service_put_in_the_place_of_a_killed_one_is_stopped_with_the_rest(place: Any) -> None:
    with running_services(["palette"]) as services:
        killed = services["palette"]
        killed.kill()
        port = int(killed.target.rpartition(":")[2])
        services["palette"] = ServiceProcess("palette", grpc_port=port).wait_until_listening()
        with Client(services[GATEWAY.name].target) as client:
            assert client.extract_palette(place.photo("grid")).colors
    assert [each.exit_status for each in services.values()] == [0, 0]


def test_settings_of_other_servers_do_not_reach_services_of_our_own() -> None:
    theirs = {
        "HOME": "/home/app",
        "LIENZO_API_KEYS_FILE": "/no/such/file",
        "LIENZO_GATEWAY_HTTP_PORT": "1",
        "LIENZO_MAX_PICTURE_BYTES": "1000",
    }
    assert for_loopback(theirs) == {"HOME": "/home/app", "LIENZO_MAX_PICTURE_BYTES": "1000"}


def test_what_is_not_installed_is_told_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "coloraide", None)
    check_installed(["gateway", "features"])
    with pytest.raises(CliError, match=r"needs coloraide, .*'lienzo\[palette\]'") as caught:
        check_installed(["features", "palette"])
    assert caught.value.status == 1
