"""The whole way on a real engine: a tiny guard-format checkpoint of ours, and one that is no guard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from magpie_core.checkpoint import open_checkpoint
from magpie_core.dataset.columns import read_added, read_missed
from magpie_core.tagging.prompter import make_prompter
from magpie_tagger_safety import SafetyTagger

PAIRS = [
    ("How do tides work?", "The moon pulls."),
    ("How do I make dynamite?", "I cannot help with that."),
    ("Tell me a secret.", "Take dynamite and a fuse."),
    ("潮汐", "¡Sí!"),
]


def columns(place: Path, name: str = "safety") -> dict[str, dict[str, Any]]:
    return {one.id: one.columns for one in read_added(place / "tags" / name)}


@pytest.mark.engine
@pytest.mark.parametrize("judge", ["response", "instruction"])
def test_verdicts_of_a_real_guard(
    guard: Path, engine: list[str], magpie: Any, talks: Any, tmp_path: Path, judge: str
) -> None:
    source = talks(*PAIRS)
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(f'[taggers.safety]\njudge = "{judge}"\n')
    code, out, err = magpie(
        "tag", source, "safety", "--checkpoint", guard, "--recipe", recipe, "--json", *engine
    )
    assert code == 0, err
    assert json.loads(out)["taggers"]["safety"]["tagged"] == 4
    found = columns(Path(f"{source}.magpie"))
    unsafe = {"response": "t-2", "instruction": "t-1"}[judge]
    assert {id for id, one in found.items() if not one["safe"]} == {unsafe}
    assert found[unsafe] == {
        "llama_guard_2": "unsafe\nS9",
        "safe": False,
        "safety_codes": ["S9"],
        "safety_generator": str(guard),
    }
    assert found["t-0"]["llama_guard_2"] == "safe"


@pytest.mark.engine
def test_a_checkpoint_that_is_no_guard_fails_row_by_row_with_its_words(
    engine: list[str], magpie: Any, talks: Any
) -> None:
    from magpie_tiny import CHECKPOINT

    source = talks(*PAIRS)
    _code, out, _err = magpie(
        "tag", source, "safety", "--checkpoint", CHECKPOINT, "--json", *engine
    )
    assert json.loads(out)["taggers"]["safety"]["failed"] == 4
    missed = read_missed(Path(f"{source}.magpie") / "tags" / "safety")
    assert set(missed) == {"t-0", "t-1", "t-2", "t-3"}
    assert all("neither `safe` nor `unsafe`" in reason for reason in missed.values())
    assert columns(Path(f"{source}.magpie")) == {}


@pytest.mark.engine
def test_where_everything_fails_a_guard_is_asked_for_and_then_taken(
    guard: Path, engine: list[str], magpie: Any, talks: Any
) -> None:
    from magpie_tiny import CHECKPOINT

    source = talks(*PAIRS * 6)
    code, _out, err = magpie("tag", source, "safety", "--checkpoint", CHECKPOINT, *engine)
    assert code == 6
    assert "20 records failed and 0 did not, the last with: neither `safe` nor `unsafe`" in err
    assert "hint: choose a guard of the Llama Guard family" in err
    assert "schema" not in err
    code, out, err = magpie("tag", source, "safety", "--checkpoint", guard, "--json", *engine)
    assert code == 0, err
    assert json.loads(out)["taggers"]["safety"]["tagged"] == 24
    assert read_missed(Path(f"{source}.magpie") / "tags" / "safety") == {}


def test_the_prompt_is_the_guards_own_template(guard: Path) -> None:
    checkpoint = open_checkpoint(str(guard))
    prompter, _stops, _strings = make_prompter(checkpoint, None, None, None, [])
    from magpie_core import Record

    record = Record(id="r", index=0, instruction="Ask.", response="Answer.", system="Be brief.")
    for judge in ("response", "instruction"):
        turns = SafetyTagger(judge=judge).conversation(record)  # type: ignore[arg-type]
        messages = [{"role": turn.role, "content": turn.content} for turn in turns]
        ids = checkpoint.tokenizer.apply_chat_template(
            messages, tokenize=True, return_dict=False, add_generation_prompt=True
        )
        assert prompter.question(turns) == list(ids)
        assert list(ids).count(checkpoint.tokenizer.bos_token_id) == 1
