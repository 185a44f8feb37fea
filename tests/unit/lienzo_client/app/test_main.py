"""The command, and the QML that it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lienzo_client.app
from lienzo_client.app import main

QML = Path(lienzo_client.app.__file__).parent / "qml"
# As in MainPage.xaml, from top to bottom.
ELEMENTS = ("StackLayout", "Img", "ElegirImage", "TomarFoto", "Clasificar", "ResponseLabel", "Accuracy")


def test_the_page_has_the_elements_of_the_xamarin_page_in_their_order() -> None:
    source = (QML / "MainPage.qml").read_text(encoding="utf-8")
    names = [name for name in re.findall(r'objectName: "(\w+)"', source) if name in ELEMENTS]
    assert tuple(names) == ELEMENTS
    for handler in ("elegirImage", "tomarFoto", "clasificar"):
        assert f"function {handler}()" in source
        assert f"onClicked: mainPage.{handler}()" in source


@pytest.mark.slow
def test_qmllint_finds_nothing() -> None:
    lint = Path(sys.executable).with_name("pyside6-qmllint")
    if not lint.exists():
        pytest.skip("needs pyside6-qmllint")
    files = sorted(map(str, QML.glob("*.qml")))
    done = subprocess.run([lint, "--max-warnings", "0", *files], capture_output=True, text=True, check=False)
    if "error while loading shared libraries" in done.stderr:
        pytest.skip("Qt cannot be loaded here")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("missing", ["PySide6", "PIL", "av", "httpx"])
def test_names_the_extra_where_something_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    monkeypatch.setattr(main, "find_spec", lambda name: None if name == missing else object())
    assert main.run([]) == 1
    assert (
        capsys.readouterr().err == f"The app needs {missing}, which the extra lienzo-client[app] installs\n"
    )


def test_names_the_library_of_the_system_that_qt_misses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*arguments: object) -> int:
        raise ImportError("libEGL.so.1: cannot open shared object file")

    monkeypatch.setattr(main, "_show", refuse)
    assert main.run([]) == 1
    assert capsys.readouterr().err.startswith("Qt cannot be loaded: libEGL.so.1")


def test_starts_without_anything_of_the_extra_to_say_so() -> None:
    blocked = "; ".join(f"sys.modules['{name}'] = None" for name in ("PySide6", "PIL", "av", "pillow_heif"))
    code = f"import sys; {blocked}; from lienzo_client.app import main"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--language", "fr"], "invalid choice: 'fr'"),
        (["--timeout", "0"], "a deadline is above 0"),
        (["--timeout", "soon"], "invalid seconds value: 'soon'"),
        (["--server", "ftp://museum.example"], "“ftp://museum.example” is not a server address"),
        (["--insecure", "--root-certificates", "x"], "not allowed with"),
        (["a.jpg", "b.jpg"], "unrecognized arguments: b.jpg"),
    ],
)
def test_refuses_wrong_arguments(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main.run(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_refuses_certificates_that_are_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main.run(["--root-certificates", str(tmp_path / "no.pem")]) == 2
    assert "no.pem: No such file or directory" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
def test_says_that_there_is_no_display() -> None:
    pytest.importorskip("PySide6.QtGui", reason="Qt cannot be loaded here", exc_type=ImportError)
    environment = {**os.environ, "QT_QPA_PLATFORM": "none such"}
    command = [sys.executable, "-c", "import sys; from lienzo_client.app.main import run; sys.exit(run([]))"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("No window can be opened here: ")
    assert done.stderr.count("\n") == 1


def test_opens_its_window_and_ends_when_it_is_told_to(photo: Path, unused_port: int) -> None:
    pytest.importorskip("PySide6.QtGui", reason="Qt cannot be loaded here", exc_type=ImportError)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_QUICK_BACKEND": "software"}
    # Ends the program as closing the window does, once it has shown the picture.
    code = (
        "import sys; from PySide6.QtCore import QTimer; from lienzo_client.app import main, window\n"
        "show = window.PageBinding._show\n"
        "def shown(self, state):\n"
        "    show(self, state); print(state.phase, flush=True)\n"
        "    if state.photo: QTimer.singleShot(0, sys.modules['PySide6.QtGui'].QGuiApplication.quit)\n"
        "window.PageBinding._show = shown\n"
        "sys.exit(main.run(sys.argv[1:]))"
    )
    arguments = ["--server", f"127.0.0.1:{unused_port}", "--language", "es", str(photo)]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["choosing", "ready"]
