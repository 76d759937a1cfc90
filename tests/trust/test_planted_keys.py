"""A key that is planted wherever one could be given: no byte of it in the folder, nor in what is said.

Where a server is asked, ``plugins/backend_openai/tests/test_secrets.py`` does the same.
"""

from __future__ import annotations

import json

import pytest

from magpie_core.builtin.fake import FakeBackend
from magpie_core.errors import BackendError
from magpie_core.testing.processes import start_magpie, wait_for

KEY = "correct-horse-battery-staple"


def everything_in(*folders) -> str:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return "".join(path.read_bytes().decode("utf-8", "replace") for path in files)


def fake(checkpoint, run) -> list[object]:
    return ["--checkpoint", checkpoint, "--backend", "fake", "--pilot", "0", "-o", run]


@pytest.mark.parametrize("where", ["", "--json-log", "--quiet"])
def test_an_engine_that_quotes_the_key(magpie, checkpoint, tmp_path, monkeypatch, where):
    """In records that fail, in the error that ends the run, in events, logs and every later command."""
    monkeypatch.setenv("SOME_API_KEY", KEY)
    whole = FakeBackend.complete

    async def complete(self, prompt, sampling, n=1):
        found = await whole(self, prompt, sampling, n)
        if self.requests > 30:
            raise BackendError(f"refused: Bearer {KEY}, http://me:{KEY}@host, key {KEY}", hint=KEY)
        return found

    monkeypatch.setattr(FakeBackend, "complete", complete)
    run = tmp_path / "run"
    said = magpie("run", *fake(checkpoint, run), "-n", "500", *([where] if where else []))
    assert said.code == 6
    later = [
        magpie("status", run),
        magpie("show", run, "--rejected"),
        magpie("status", run, "--json"),
    ]
    exported = magpie("export", run, "--to", "jsonl", "--out", tmp_path / "out.jsonl")
    printed = "".join(f"{one.out}{one.err}" for one in (said, *later, exported))
    written = everything_in(tmp_path)
    assert "***" in said.err, "nothing was struck out, so this test shows nothing"
    assert "***" in (run / "events.jsonl").read_text()
    assert any("***" in part.read_text() for part in (run / "failures").iterdir())
    assert KEY not in printed + written


@pytest.mark.parametrize(
    "option",
    [
        f"api_key={KEY}",
        f"token={KEY}",
        f"url=http://me:{KEY}@127.0.0.1:9/v1",
        f"url=http://127.0.0.1:9/v1?api_key={KEY}",
        "headers=" + json.dumps({"Authorization": f"Bearer {KEY}"}),
        "extra_body=" + json.dumps({"a": [{"api_key": KEY}]}),
    ],
)
@pytest.mark.parametrize("backend", ["fake", "transformers"])
def test_a_key_among_the_options_is_refused_and_leaves_nothing(
    magpie, checkpoint, tmp_path, option, backend
):
    run = tmp_path / "run"
    said = magpie(
        *("run", "--checkpoint", checkpoint, "--backend", backend, "-n", "2", "-o", run),
        *("--engine-option", option),
    )
    assert said.code == 2
    assert "export" in said.err
    assert KEY not in said.err + said.out
    assert not run.exists()


@pytest.mark.parametrize(
    "section",
    [
        "[engine.options]\napi_key = '{}'",
        "[response_engine]\noptions = {{ token = '{}' }}",
        "[taggers.mine]\napi_key = '{}'",
        "[filters.length]\nurl = 'http://me:{}@host'",
    ],
)
def test_a_key_in_a_recipe_is_refused_and_leaves_nothing(magpie, checkpoint, tmp_path, section):
    recipe, run = tmp_path / "recipe.toml", tmp_path / "run"
    recipe.write_text(section.format(KEY))
    said = magpie("run", recipe, *fake(checkpoint, run))
    assert said.code == 2
    assert KEY not in said.err + said.out
    assert not run.exists()


@pytest.mark.parametrize(
    "command",
    [
        ["resume", "{run}", "-n", "20"],
        ["tag", "{run}", "quality", "--checkpoint", "{checkpoint}", "--backend", "fake"],
        ["prefer", "{run}", "--by", "majority", "--samples", "2"],
        ["extend", "{run}", "--turns", "2"],
        ["estimate", "--checkpoint", "{checkpoint}", "--backend", "fake"],
    ],
    ids=lambda command: command[0],
)
def test_every_command_that_takes_options_refuses_a_key(magpie, fake_run, checkpoint, command):
    before = everything_in(fake_run)
    words = [one.format(run=fake_run, checkpoint=checkpoint) for one in command]
    said = magpie(*words, "--engine-option", f"api_key={KEY}")
    assert said.code == 2
    assert "holds a key" in said.err
    assert KEY not in said.err + said.out
    assert everything_in(fake_run) == before


def test_keys_of_the_environment_and_the_command_line_are_in_no_file_while_it_runs(
    checkpoint, tmp_path
):
    """The file that says who writes holds the command, and a folder may be named anything."""
    run = tmp_path / f"sk-{'Abc123' * 4}"
    process = start_magpie(
        *("run", *fake(checkpoint, run), "-n", "50", "--engine-option", "delay=0.05"),
        HF_TOKEN=KEY,
        OPENAI_API_KEY=KEY,
        AWS_SECRET_ACCESS_KEY=KEY,
    )
    holder = run / ".magpie.holder.json"
    try:
        assert wait_for(holder.exists, process)
        assert wait_for(lambda: (run / "records").exists(), process)
        written = everything_in(run)
    finally:
        process.kill()
        printed = "".join(process.communicate())
    assert "***" in json.loads(holder.read_text())["command"]
    assert KEY not in printed + written + everything_in(run)
