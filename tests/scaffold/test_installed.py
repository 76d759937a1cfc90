"""What ``magpie new`` writes, built, installed beside core's wheel in an empty environment, and under contract."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

FILTER = """
        capitals = sum(map(str.isupper, draft.text))
        return "shouting" if capitals > 0.5 * len(draft.text) else None
"""
TAGGER = """
        return {"word_count": len(record.instruction.split())}
"""
ENGINE = """
from magpie_core.builtin.fake import FakeBackend


class MyEngineBackend(FakeBackend):
    \"\"\"An engine somebody else wrote.\"\"\"

    name = "my-engine"
"""


def fill_in(path: Path, old: str, new: str) -> None:
    """Replace ``old``, a regular expression that is there once."""
    text, times = re.subn(old, lambda _: new, path.read_text("utf-8"), flags=re.DOTALL)
    assert times == 1, f"{times} times {old} in {path}"
    path.write_text(text, "utf-8")


@pytest.mark.engine
def test_a_made_up_family(environment: Any, wheels: Path, parrot: Path, tmp_path: Path) -> None:
    """Facts filled in by a script, contract green, ten records from an engine, and nothing else installed."""
    folder = tmp_path / "magpie-adapter-parrot"
    assert "wrote magpie-adapter-parrot/" in environment.magpie(
        "new", "adapter", "parrot", cwd=tmp_path
    )
    environment.add(folder)
    command = r"magpie probe CHECKPOINT --as-family --name parrot"
    failed = environment.pytest(folder, code=2)
    assert "the facts of parrot are not filled in" in failed
    assert command in failed
    said = environment.magpie("families", cwd=tmp_path)
    assert said.count("warning: plugin") == 1
    assert "magpie-adapter-parrot" in said
    assert "chatml" in said, "the others go on"

    arguments = command.replace("CHECKPOINT", str(parrot)).split()[1:]
    facts = folder / "src/magpie_adapter_parrot/parrot.py"
    facts.write_text("", "utf-8")  # as `>` does before the command begins
    (environment.site / "magpie_adapter_parrot/parrot.py").write_text("", "utf-8")
    facts.write_text(environment.magpie(*arguments, cwd=folder, errors=False), "utf-8")
    environment.add(folder)

    assert "19 passed" in environment.pytest(folder)
    assert str(parrot) not in (folder / "README.md").read_text("utf-8")
    environment.install(*wheels.rglob("magpie_backend_transformers-*.whl"))
    # All that runs is in the environment: neither the embedded model nor another adapter.
    offered = environment.magpie("plugins", "--json", cwd=tmp_path)
    assert re.findall(r'"name": "(adapter-\w+|tiny\w*)"', offered) == ["adapter-parrot"]
    environment.magpie(
        "run", "--family", "parrot", "-n", 10, "-o", "run", "--device", "cpu", "-q", cwd=tmp_path
    )
    assert "10 of 10 records, complete" in environment.magpie("status", "run", cwd=tmp_path)


def test_facts_straight_from_the_checkpoint(environment: Any, parrot: Path, tmp_path: Path) -> None:
    """With ``--from`` nothing is left to fill in."""
    environment.magpie("new", "adapter", "parrot", "--from", "parrot-2b-chat", cwd=tmp_path)
    folder = tmp_path / "magpie-adapter-parrot"
    environment.add(folder)
    assert "19 passed" in environment.pytest(folder)


def test_without_its_checkpoint_the_rest_is_checked(
    environment: Any, parrot: Path, tmp_path: Path
) -> None:
    """And what is not says why."""
    environment.magpie("new", "adapter", "parrot", "--from", "parrot-2b-chat", cwd=tmp_path)
    folder = tmp_path / "magpie-adapter-parrot"
    environment.add(folder)
    parrot.rename(tmp_path / "elsewhere")
    said = environment.run("-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", cwd=folder)
    assert "15 passed, 4 skipped" in said
    assert "is not at hand" in said


def test_a_filter(environment: Any, tmp_path: Path) -> None:
    environment.magpie("new", "filter", "shouting", cwd=tmp_path)
    folder = tmp_path / "magpie-filter-shouting"
    environment.add(folder)
    failed = environment.pytest(folder, code=1)
    assert "say what shouting turns down in src/magpie_filter_shouting/shouting.py" in failed
    assert "give `keeps`" in failed

    fill_in(folder / "src/magpie_filter_shouting/shouting.py", r"\n        raise Not.*", FILTER)
    tests = folder / "tests/test_contract.py"
    fill_in(tests, r"= \[\]", '= ["Say it softly."]')
    fill_in(tests, r"= \{\}", '= {"SAY IT LOUDLY!": "shouting"}')
    environment.add(folder)
    assert re.search(r"\d+ passed in", environment.pytest(folder))


def test_a_tagger(environment: Any, tmp_path: Path) -> None:
    environment.magpie("new", "tagger", "word-count", cwd=tmp_path)
    folder = tmp_path / "magpie-tagger-word-count"
    environment.add(folder)
    failed = environment.pytest(folder, code=1)
    assert "say what word_count finds in src/magpie_tagger_word_count/word_count.py" in failed
    assert "give samples: answers, scores or columns" in failed

    fill_in(folder / "src/magpie_tagger_word_count/word_count.py", r"\n        raise Not.*", TAGGER)
    fill_in(folder / "tests/test_contract.py", r"= \{\}", '= {"Say hi.": {"word_count": 2}}')
    environment.add(folder)
    assert re.search(r"\d+ passed, 1 skipped in", environment.pytest(folder))


def test_a_backend(environment: Any, wheels: Path, tmp_path: Path) -> None:
    environment.install(*wheels.rglob("magpie_tiny-*.whl"))
    environment.magpie("new", "backend", "my-engine", cwd=tmp_path)
    folder = tmp_path / "magpie-backend-my-engine"
    environment.add(folder)
    said = environment.run("-m", "pytest", "-qx", "-p", "no:cacheprovider", cwd=folder, code=1)
    assert "open an engine and complete token ids with it in src/magpie_backend_my_engine" in said

    module = folder / "src/magpie_backend_my_engine/my_engine.py"
    fill_in(module, r"\nLEFT_TO_WRITE.*", ENGINE)
    environment.add(folder)
    assert re.search(r"\d+ passed", environment.pytest(folder))
    # a name people type
    environment.magpie(
        "run", "--backend", "my-engine", "--checkpoint", "tiny", "-n", 3, "-o", "run", cwd=tmp_path
    )


def test_a_failing_check_is_explained_from_a_wheel(environment: Any, tmp_path: Path) -> None:
    """Assertions of the contracts are rewritten there, too: the values stand in the message."""
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_it.py").write_text(
        "from magpie_core.builtin.filters.length import LengthFilter\n"
        "from magpie_core.testing.contracts.filter import FilterContract\n\n\n"
        "class TestIt(FilterContract):\n"
        "    filter = LengthFilter\n"
        '    keeps = [""]\n'
        '    rejects = {"Why is the sky blue?": "too_long"}\n',
        "utf-8",
    )
    said = environment.pytest(tests, code=1)
    assert "texts of `keeps` that are turned down, with the reason by stage:" in said
    assert re.search(r"assert not \{'': \{'instruction': '\w+'\}\}", said)
