"""The key goes to the server and nowhere else."""

import logging
from pathlib import Path
from typing import Any

import pytest

from magpie_backend_openai.options import read_options
from magpie_backend_openai.secrets import Secrets
from magpie_core import (
    BackendError,
    EngineDeadError,
    MagpieError,
    MissingEngineError,
    RequestError,
    Sampling,
    UsageError,
)
from magpie_core.cli import main

KEY = "correct-horse-battery-staple"
OTHER = "another+secret/value=="
SHORT = Sampling(max_tokens=4)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return KEY


async def test_the_key_is_sent(stub: Any, opened: Any, key: str) -> None:
    server = stub()
    engine = await opened(server)
    await engine.complete([5], SHORT)
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"


async def test_no_key_no_header(stub: Any, opened: Any) -> None:
    server = stub()
    await (await opened(server)).complete([5], SHORT)
    assert "Authorization" not in server.headers[0]


async def test_other_variables_and_headers(
    stub: Any, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    monkeypatch.setenv("MY_OTHER", OTHER)
    server = stub()
    engine = await opened(server, key_env="MY_KEY", headers_env={"X-Api-Key": "MY_OTHER"})
    await engine.complete([5], SHORT)
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert server.headers[0]["X-Api-Key"] == OTHER
    monkeypatch.delenv("MY_KEY")
    with pytest.raises(UsageError, match="`MY_KEY`"):
        await opened(server, key_env="MY_KEY")


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 200])
@pytest.mark.parametrize("form", ["json", "text"])
async def test_a_server_that_repeats_the_key_is_not_quoted(
    status: int,
    form: str,
    stub: Any,
    opened: Any,
    key: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = stub()
    engine = await opened(server, retries=1)
    words = f"bad key {KEY}, header 'Bearer {KEY}' and sk-abcdefghijklmnopqrstuvwx " + KEY * 60
    body: Any = {"error": {"message": words}} if form == "json" else words
    if status == 200:
        body = words
    server.trouble = lambda number, sent: (status, {}, body)
    with caplog.at_level(logging.DEBUG), pytest.raises((RequestError, EngineDeadError)) as at:
        await engine.complete([5], SHORT)
    seen = _everything(at.value) + caplog.text
    assert "***" in seen
    assert "correct-horse" not in seen
    assert "sk-abcdef" not in seen


async def test_errors_at_opening_show_no_key(stub: Any, opened: Any, key: str) -> None:
    server = stub()
    get = server.get
    server.get = lambda path: (401, {"error": {"message": f"no such key: {KEY}"}})
    with pytest.raises(BackendError, match="refuses the key") as at:
        await opened(server)
    assert KEY not in _everything(at.value)
    server.get = get
    server.trouble = lambda number, sent: (400, {}, {"error": f"no such key: {KEY}"})
    with pytest.raises(BackendError) as at:
        await opened(server)
    assert KEY not in _everything(at.value)
    server.kill()
    with pytest.raises(BackendError) as at:
        await opened(server)
    assert KEY not in _everything(at.value)
    server.start()


def _everything(error: MagpieError) -> str:
    """All that a traceback could show, causes and contexts included."""
    texts, one = [], error
    while one is not None:
        texts.append(f"{one!r} {one} {getattr(one, 'hint', '')} {vars(one)}")
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)  # type: ignore[assignment]
    return " ".join(texts)


def test_secrets_print_nothing(key: str) -> None:
    secrets = Secrets(read_options({"url": "http://127.0.0.1"}))
    assert KEY not in repr(secrets)
    assert secrets.strike(f"a {KEY} b") == "a *** b"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"api_key": KEY}, "does not belong in a recipe"),
        ({"Token": KEY}, "does not belong in a recipe"),
        ({"headers": {"Authorization": f"Bearer {KEY}"}}, "carries a secret"),
        ({"headers": {"x-api-key": KEY}}, "carries a secret"),
        ({"url": f"http://me:{KEY}@host/v1"}, "would be kept in run.toml"),
        ({"url": f"http://host/v1?key={KEY}"}, "would be kept in run.toml"),
        ({"url": f"http://[{KEY}"}, "no address"),
        ({"key_env": ["x", KEY]}, "key_env"),
    ],
)
def test_a_secret_in_the_options_is_refused_unseen(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words) as at:
        read_options({"url": "http://host"} | options)
    assert KEY not in _everything(at.value)


def test_a_run_keeps_no_key(
    stub: Any,
    key: str,
    checkpoint: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    server = stub()
    server.trouble = lambda number, sent: (
        (400, {}, {"error": f"sorry, {KEY}"}) if number % 9 == 0 and number > 40 else None
    )
    run = tmp_path / "run"
    code = _magpie("run", "--checkpoint", checkpoint, *_to(server), "-n", "30", "-o", str(run))
    assert code == 0
    printed = "".join(capfd.readouterr())
    written = "".join(p.read_text() for p in run.rglob("*") if p.is_file())
    assert "sorry, ***" in written, "no failure was recorded, so this test shows nothing"
    assert KEY not in printed + written
    assert all(one["Authorization"] == f"Bearer {KEY}" for one in server.headers)


def test_a_run_that_ends_with_the_key_on_the_servers_lips_keeps_none(
    stub: Any, key: str, checkpoint: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server = stub()
    server.trouble = lambda number, sent: (
        (400, {}, {"error": f"sorry, Bearer {KEY}"}) if number > 40 else None
    )
    run = tmp_path / "run"
    flags = (*_to(server), "-n", "300", "-o", str(run), "--json-log")
    assert _magpie("run", "--checkpoint", checkpoint, *flags) == 6
    printed = "".join(capfd.readouterr())
    written = "".join(p.read_text() for p in run.rglob("*") if p.is_file())
    assert '"how": "EngineDeadError"' in printed
    assert "sorry, " in printed
    assert KEY not in printed + written


class Keyring:
    """In the place of the package: it has one key, or cannot be asked."""

    class errors:
        class KeyringError(Exception):
            pass

    locked = False

    @classmethod
    def get_password(cls, service: str, name: str) -> str | None:
        if cls.locked:
            raise cls.errors.KeyringError("the keyring is locked")
        return f" {KEY}\n" if (service, name) == ("magpie", "MY_KEY") else None


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> type[Keyring]:
    import sys

    monkeypatch.setitem(sys.modules, "keyring", Keyring)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "keyring.errors", Keyring.errors)  # type: ignore[arg-type]
    monkeypatch.setattr(Keyring, "locked", False)
    return Keyring


async def test_the_keyring_is_asked_where_the_environment_has_none(
    stub: Any, opened: Any, keyring: type[Keyring], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = stub()
    engine = await opened(server, keyring=True, key_env="MY_KEY")
    await engine.complete([5], SHORT)
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert Secrets(_options(keyring=True, key_env="MY_KEY")).strike(f"a {KEY}") == "a ***"
    monkeypatch.setenv("MY_KEY", "from-the-environment")
    assert (
        "from-the" in Secrets(_options(keyring=True, key_env="MY_KEY")).headers()["Authorization"]
    )


def test_a_keyring_without_the_key_or_one_that_is_locked(
    keyring: type[Keyring], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="neither the environment nor the keyring") as at:
        Secrets(_options(keyring=True))
    assert at.value.hint == "keyring set magpie OPENAI_API_KEY"
    assert not Secrets(_options()).headers(), "it is not asked unless told to"
    monkeypatch.setattr(keyring, "locked", True)
    with pytest.raises(UsageError, match="is locked"):
        Secrets(_options(keyring=True, key_env="MY_KEY"))


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(MissingEngineError, match="keyring") as at:
        Secrets(_options(keyring=True))
    assert "[keyring]" in str(at.value.hint)


def _options(**more: Any) -> Any:
    return read_options({"url": "http://127.0.0.1", **more})


def test_a_key_among_the_options_leaves_no_folder(
    stub: Any, checkpoint: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    flags = [*_to(stub()), "--engine-option", f"api_key={KEY}"]
    assert _magpie("run", "--checkpoint", checkpoint, *flags, "-n", "5", "-o", str(run)) == 2
    printed = "".join(capfd.readouterr())
    assert "export OPENAI_API_KEY" in printed
    assert KEY not in printed
    assert not run.exists()


def test_a_key_given_to_resume_is_not_kept(
    stub: Any, checkpoint: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server, run = stub(), tmp_path / "run"
    assert _magpie("run", "--checkpoint", checkpoint, *_to(server), "-n", "3", "-o", str(run)) == 0
    before = (run / "run.toml").read_text()
    flags = ["--engine-option", f"api_key={KEY}"]
    assert _magpie("resume", str(run), "-n", "6", *flags) == 2
    assert KEY not in "".join(capfd.readouterr())
    assert (run / "run.toml").read_text() == before


def _to(server: Any) -> list[str]:
    options = ["--engine-option", f"url={server.url}", "--pilot", "0"]
    return ["--backend", "openai", *options]


def _magpie(*args: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(args))
    return int(ended.value.code or 0)


def test_the_client_is_not_loaded_by_the_plugin() -> None:
    import subprocess
    import sys

    code = (
        "import sys, magpie_backend_openai\n"
        "assert magpie_backend_openai.magpie_register_backends()\n"
        "found = {'httpx2', 'transformers'} & set(sys.modules)\n"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
