"""Python code that comes with a checkpoint runs when it is asked for, and never before."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

CODE = """
from pathlib import Path
Path({mark!r}).write_text("it ran")
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

class Theirs(PreTrainedTokenizerFast):
    pass

class TheirModel(LlamaForCausalLM):
    pass

class TheirConfig(LlamaConfig):
    model_type = "theirs"
"""


@pytest.fixture
def theirs(checkpoint, tmp_path) -> Path:
    """A checkpoint whose tokenizer, configuration and model are classes of its own code."""
    folder = tmp_path / "theirs"
    shutil.copytree(checkpoint, folder)
    (folder / "code.py").write_text(CODE.format(mark=str(tmp_path / "mark")))
    for file, maps in (
        ("tokenizer_config.json", {"AutoTokenizer": [None, "code.Theirs"]}),
        (
            "config.json",
            {"AutoModelForCausalLM": "code.TheirModel", "AutoConfig": "code.TheirConfig"},
        ),
    ):
        config = json.loads((folder / file).read_text())
        config["auto_map"] = maps
        if file == "config.json":
            config["model_type"] = "theirs"
        else:
            config["tokenizer_class"] = "Theirs"
        (folder / file).write_text(json.dumps(config))
    return folder


@pytest.fixture(autouse=True)
def modules_of_its_own(tmp_path, monkeypatch):
    """Where transformers copies such code to, and its way of asking at a terminal."""
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.setattr(
        "transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules")
    )
    monkeypatch.setattr(
        "builtins.input", lambda *_: pytest.fail("a question in the middle of a run")
    )


@pytest.mark.parametrize(
    "command",
    [
        ["run", "--checkpoint", "{}", "--backend", "fake", "-n", "2", "-o", "{run}"],
        ["run", "--checkpoint", "{}", "--backend", "transformers", "-n", "2", "-o", "{run}"],
        ["probe", "{}"],
        ["doctor", "--checkpoint", "{}"],
        ["estimate", "--checkpoint", "{}", "--backend", "fake"],
    ],
    ids=lambda command: f"{command[0]}-{command[4]}" if len(command) > 4 else command[0],
)
def test_it_does_not_run_unasked(magpie, theirs, tmp_path, command):
    said = magpie(*(one.format(theirs, run=tmp_path / "run") for one in command))
    assert said.code == 4, said.err + said.out
    assert "Traceback" not in said.err
    assert "--trust-remote-code" in said.err + said.out
    assert not (tmp_path / "mark").exists()
    assert not (tmp_path / "run").exists()


def test_it_runs_when_it_is_asked_for(magpie, theirs, tmp_path):
    """Else the tests above could not fail."""
    run = tmp_path / "run"
    said = magpie(
        *("run", "--checkpoint", theirs, "--backend", "fake", "-n", "2", "-o", run),
        "--trust-remote-code",
    )
    assert said.code == 0, said.err
    assert (tmp_path / "mark").read_text() == "it ran"
