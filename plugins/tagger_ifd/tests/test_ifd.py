"""On the embedded model: the contract, and the same numbers as one row at a time computed directly."""

from __future__ import annotations

import asyncio
import math
import threading
from pathlib import Path
from typing import Any

import pytest

from magpie_core import EngineDeadError, Record, TagError, UsageError
from magpie_core.dataset.columns import read_added
from magpie_core.dataset.source import open_source
from magpie_core.plugins import load_plugins
from magpie_core.run.recipe import Recipe
from magpie_core.tagging.session import execute_tagging, make_tag_plan
from magpie_core.testing.contracts.tagger import TaggerContract
from magpie_tagger_ifd import IfdTagger
from magpie_tagger_ifd import scorer as scorer_module

pytestmark = pytest.mark.engine
tiny = pytest.importorskip("magpie_tiny")
CHECKPOINT = str(tiny.CHECKPOINT)
EXCHANGES = [
    ("What is the capital of France?", "The capital of France is Paris."),
    ("What is 12 plus 30?", "42"),
    (
        "Write a short poem about a river.",
        "The river runs by night and day,\nand carries all the stones away. " * 6,
    ),
    ("Name a colour. " * 30, "Blue."),
    ("", "Certainly."),
    ("Sage mir etwas.", "学习很好 🙂"),
    ("Say it.", "x"),
]


def records(*exchanges: tuple[str, str]) -> list[Record]:
    return [
        Record(id=f"r-{index}", index=index, instruction=asked, response=said)
        for index, (asked, said) in enumerate(exchanges)
    ]


def tag(exchanges: list[tuple[str, str]], **options: Any) -> list[dict[str, Any] | TagError]:
    tagger = IfdTagger(checkpoint=CHECKPOINT, device="cpu", **options)
    return asyncio.run(tagger.tag(records(*exchanges), None))


class TestIfd(TaggerContract):
    tagger = IfdTagger
    options = {"checkpoint": CHECKPOINT, "device": "cpu"}
    columns = {"Say it.": {"ifd_model": CHECKPOINT}}


@pytest.fixture(scope="module")
def direct() -> Any:
    """What one exchange should give: transformers' own loss on one row, labels on the response only."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    model = AutoModelForCausalLM.from_pretrained(CHECKPOINT, dtype=torch.float32).eval()

    def loss(before: str, response: str) -> float:
        head = [tokenizer.bos_token_id, *tokenizer.encode(before, add_special_tokens=False)]
        tail = tokenizer.encode(response, add_special_tokens=False)
        with torch.no_grad():
            out = model(
                input_ids=torch.tensor([head + tail]),
                labels=torch.tensor([[-100] * len(head) + tail]),
            )
        return float(out.loss)

    return lambda asked, said: (loss(asked + "\n", said), loss("", said))


def test_a_padded_batch_gives_what_one_row_at_a_time_gives(direct: Any) -> None:
    for (asked, said), found in zip(EXCHANGES, tag(EXCHANGES), strict=True):
        conditioned, alone = direct(asked, said)
        assert isinstance(found, dict), found
        assert found["ifd"] == pytest.approx(conditioned / alone, abs=1e-4)
        assert found["ifd_ppl"] == pytest.approx(math.exp(conditioned) / math.exp(alone), rel=1e-4)


def test_an_instruction_that_says_the_answer_helps_and_another_one_helps_less() -> None:
    said = "The capital of France is Paris."
    told, asked, other = tag(
        [
            (f"Repeat: {said}", said),
            ("What is the capital of France?", said),
            ("Add 3 and 4.", said),
        ]
    )
    assert isinstance(told, dict)
    assert isinstance(asked, dict)
    assert isinstance(other, dict)
    assert asked["ifd"] < other["ifd"]
    assert asked["ifd_ppl"] < other["ifd_ppl"]
    assert told["ifd"] < other["ifd"]


def test_small_passes_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tag(EXCHANGES)
    monkeypatch.setattr(scorer_module, "LOGITS", 1)  # every row alone
    for one, other in zip(tag(EXCHANGES), whole, strict=True):
        assert isinstance(one, dict)
        assert isinstance(other, dict)
        assert one["ifd"] == pytest.approx(other["ifd"], abs=1e-4)


def test_what_is_beyond_max_tokens_does_not_count() -> None:
    short, long = tag(
        [("Say it.", "It is said. " * 20), ("Say it.", "It is said. " * 40)], max_tokens=24
    )
    assert short == long
    assert tag([("Say it.", "It is said. " * 20)]) != [short]


def test_a_record_without_a_response_is_a_tag_error_and_the_others_are_tagged() -> None:
    first, second, third, fourth = tag(
        [("Say it.", ""), ("Say it.", "It."), ("Say it. " * 600, "It."), ("Say it.", " ")]
    )
    assert "no response" in str(first)
    assert isinstance(second, dict)
    assert "tokens of 1024" in str(third)
    assert [type(one) for one in (first, third, fourth)] == [TagError] * 3


def test_a_short_name_is_understood() -> None:
    [found] = asyncio.run(
        IfdTagger(checkpoint="tiny", device="cpu").tag(records(("Say it.", "It.")), None)
    )
    assert isinstance(found, dict)
    assert found["ifd_model"] == "tiny"


def test_without_a_checkpoint_nothing_is_begun() -> None:
    with pytest.raises(UsageError, match="no checkpoint"):
        IfdTagger().settings()


def test_a_checkpoint_that_is_not_there_ends_the_call(tmp_path: Path) -> None:
    tagger = IfdTagger(checkpoint=str(tmp_path / "gone"))
    with pytest.raises(EngineDeadError, match="does not exist"):
        asyncio.run(tagger.tag(records(("Say it.", "It.")), None))


def test_a_device_that_is_not_there_ends_the_call() -> None:
    tagger = IfdTagger(checkpoint=CHECKPOINT, device="cuda:99")
    with pytest.raises(EngineDeadError, match="cuda:99"):
        asyncio.run(tagger.tag(records(("Say it.", "It.")), None))


def test_settings_name_the_weights() -> None:
    assert IfdTagger(checkpoint=CHECKPOINT).settings()["weights"]


async def test_a_file_is_tagged_through_the_step(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    lines = ['{"instruction": "Say it.", "response": "It."}\n'] * 70
    path.write_text("".join([*lines, '{"instruction": "Say it.", "response": ""}\n']))
    plugins = load_plugins()
    with open_source(path) as source:
        tagger = IfdTagger(checkpoint=CHECKPOINT, device="cpu")
        plan = make_tag_plan(source, [tagger], Recipe(), plugins)
        outcome = await execute_tagging(plan, plugins)
    [tally] = outcome.tally.taggers
    assert (tally.tagged, tally.failed) == (70, 1)
    added = list(read_added(tmp_path / "data.jsonl.magpie" / "tags" / "ifd"))
    assert len({one.id for one in added}) == 70


def test_ctrl_c_waits_for_the_batch_at_work_only(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go = threading.Event(), threading.Event()
    seen: list[str] = []

    def slow(self: IfdTagger, some: list[Record]) -> list[dict[str, Any] | TagError]:
        seen.append(some[0].id)
        begun.set()
        go.wait()
        return [TagError("slow") for _ in some]

    monkeypatch.setattr(IfdTagger, "_tag", slow)

    async def stopped() -> None:
        tagger = IfdTagger(checkpoint=CHECKPOINT)
        tasks = [asyncio.create_task(tagger.tag([one], None)) for one in records(*EXCHANGES)]
        await asyncio.to_thread(begun.wait)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        go.set()

    asyncio.run(stopped())
    [after] = asyncio.run(IfdTagger(checkpoint=CHECKPOINT).tag(records(("Ask.", "So.")), None))
    assert isinstance(after, TagError)
    assert seen == ["r-0", "r-0"], "a batch that nobody waited for was worked on"
