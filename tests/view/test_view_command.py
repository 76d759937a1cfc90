"""``magpie view`` as a process: it says where it is, answers, and ends cleanly."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

MAGPIE = str(Path(sys.executable).with_name("magpie"))


@pytest.fixture
def started(run):
    """Starts the command; gives the process and its address without the token, and the token."""
    processes = []

    def start(*options, source=run):
        process = subprocess.Popen(
            [MAGPIE, "view", str(source), "--no-open", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        processes.append(process)
        line = process.stdout.readline().strip()
        address, _, token = line.partition("/#token=")
        return process, address, token

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def ask(address, token, path="about"):
    request = urllib.request.Request(
        f"{address}/api/{path}", data=b"{}",
        headers={"x-magpie-token": token, "origin": address, "content-type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_interrupted(started, number):
    process, address, token = started()
    assert address.startswith("http://127.0.0.1:")
    assert len(token) >= 32
    assert ask(address, token)["rows"] == 120
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(address, "guessed")
    assert refused.value.code == 401
    refused.value.close()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == ""
    assert "120 records, 17 rejected" in err
    assert "Traceback" not in err
    assert "leaked" not in err


def test_quiet_prints_the_address_alone(started):
    process, _, token = started("-q")
    assert token
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[1].strip() == ""


def test_a_port_that_is_taken(started, magpie, run):
    _, address, _ = started()
    said = magpie("view", run, "--no-open", "--port", address.rpartition(":")[2])
    assert said.code == 2
    assert "cannot listen on" in said.err
    assert "hint: leave out --port" in said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["nowhere"], "no run folder"), (["x.jsonl"], "no file"), (["x", "--port", "70000"], "70000"), (["x", "--host", "10.255.255.1"], "cannot listen")],
)  # fmt: skip
def test_what_cannot_be_viewed(magpie, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    if arguments[0] == "x":
        (tmp_path / "x").mkdir()
        (tmp_path / "x/run.toml").write_text('format = 1\nkey = "0123456789ab"\n')
    said = magpie("view", *arguments, "--no-open")
    assert said.code != 0
    assert message in said.err
    assert "Traceback" not in said.err


def test_a_missing_package_is_said_with_what_to_install(magpie, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    said = magpie("view", run, "--no-open")
    assert said.code == 3
    assert "pip install 'magpie-core[view]'" in said.err


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom magpie_core.cli import main\n"
        "try:\n    main(['view', '--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'duckdb', 'starlette', 'uvicorn', 'torch', 'numpy', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "mark = 'keep'" in done.stdout
    assert done.stdout.strip().endswith("[]")


def test_the_browser_is_not_given_the_token_on_a_command_line(monkeypatch):
    from magpie_core.view import server

    opened = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(server.webbrowser, "open", opened.append)
    with server.shown_in_browser("http://127.0.0.1:1/#token=secret", wanted=True) as show:
        show()
        [page] = opened
        assert page.startswith("file://")
        assert "secret" not in page
        path = Path(page.removeprefix("file://"))
        assert "url=http://127.0.0.1:1/#token=secret" in path.read_text()
        assert path.parent.stat().st_mode & 0o077 == 0
    assert not path.exists()
    with server.shown_in_browser("http://x", wanted=False) as show:
        show()
    assert len(opened) == 1
