"""The pieces of ``benchmarks/proof``: nothing held out gets in, worse answers are worse, figures are right."""

from __future__ import annotations

import re
import sys
from itertools import islice
from pathlib import Path

import pytest

pytest.importorskip("magpie_tiny", reason="the proof is about the embedded model")

PROOF = Path(__file__).parents[2] / "benchmarks" / "proof"


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch):
    """The scripts import each other by name, as they do when one is run."""
    monkeypatch.syspath_prepend(str(PROOF))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if not name.startswith("tiny_training") and (PROOF / f"{name}.py").exists():
            del sys.modules[name]


def test_documents_hold_nothing_that_is_held_out():
    from documents import LAYOUTS, documents

    from tiny_training.check import understand
    from tiny_training.generator import is_held_out

    before = "|".join(re.escape(one) for one, _ in LAYOUTS)
    found = []
    for text in documents(400, seed=3):
        assert "<|" not in text
        found += re.findall(rf"^(?:{before}|\d\. )(.+)$", text, re.MULTILINE)
    read = [one for one in found if understand(one)]
    assert len(read) > 500
    assert not any(map(is_held_out, read))


def test_documents_of_a_seed_are_the_same():
    from documents import documents

    assert list(documents(20, 1)) == list(documents(20, 1)) != list(documents(20, 2))


def test_corrupted_answers_are_refused():
    from corrupting import KINDS, WRONG, pairs

    from tiny_training.check import Verdict, judge
    from tiny_training.generator import is_held_out

    some = list(islice(pairs(5), 1_500))
    assert {one.kind for one in some} == set(KINDS)
    assert not any(is_held_out(one.instruction) for one in some)
    assert all(one.good != one.bad for one in some)
    assert all(judge(one.instruction, one.good)[0] is Verdict.RIGHT for one in some)
    accepted = [
        one
        for one in some
        if one.kind in WRONG and judge(one.instruction, one.bad)[0] is Verdict.RIGHT
    ]
    # Some instructions are tasks of two kinds, and the judge takes an answer to either.
    assert len(accepted) < len(some) / 100


def test_marked_template_writes_the_same(checkpoint, monkeypatch, tmp_path):
    import sft

    sft.check_template(Path(checkpoint))
    other = tmp_path / "other.jinja"
    other.write_text(sft.TEMPLATE.read_text().replace(" | trim", "", 1))
    monkeypatch.setattr(sft, "TEMPLATE", other)
    with pytest.raises(ValueError, match=r"other\.jinja"):
        sft.check_template(Path(checkpoint))


def test_marks_stand_around_the_answers(checkpoint):
    import sft
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    out = tokenizer.apply_chat_template(
        sft.TALK,
        chat_template=sft.TEMPLATE.read_text(),
        tokenize=True,
        return_dict=True,
        return_assistant_tokens_mask=True,
    )
    marked = [
        token for token, mask in zip(out["input_ids"], out["assistant_masks"], strict=True) if mask
    ]
    assert tokenizer.decode(marked) == "Two.<|eot_id|>Three.<|eot_id|>"


def test_interval_of_wilson():
    from figures import wilson

    # Newcombe 1998, table I, row "Wilson": 81 of 263, and 0 of 20.
    assert wilson(81, 263)[1:] == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20)[1:] == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(0, 0)[1:] == (0.0, 1.0)


def test_differences_are_of_the_same_prompts():
    from figures import difference

    before = [[True, False] * 100]
    after = [[True, True, False, False] * 50]
    assert difference(before, before) == (0.0, 0.0, 0.0)
    assert difference([[True] * 200], before).share == 0.5
    share, low, high = difference(after, before)
    assert share == 0.0
    assert low < -0.02 < 0.02 < high
    assert difference([[True] * 200, [False] * 200], before * 2).share == 0.0


def test_pairs_are_counted_by_what_is_right():
    from judged import pair_figures

    def row(chosen, rejected, **more):
        made = {"pair": [0, 1], "chosen": chosen, "rejected": rejected, "margin": 1.0}
        rewards = {"chosen_reward": 2.0, "rejected_reward": 1.0}
        prompt = [{"role": "user", "content": "What is 2 plus 3?"}]
        return {"prompt": prompt, **made, **rewards, **more}

    five, six = "2 + 3 = 5.", "2 + 3 = 6."
    found = pair_figures(
        [
            row(five, six),
            row(five, six, margin=3.0),
            row(six, five, margin=0.5),
            row(five, "It is 5."),
            row(five, five),
            row(five, six, chosen_reward=1.0),
            row(None, None, pair=None, no_pair="equal_texts"),
        ]
    )
    assert (found["pairs"], found["without_a_pair"]) == (6, {"equal_texts": 1})
    assert found["degenerate"] == 2
    assert found["margin"] == {"lowest": 0.5, "median": 1.0, "highest": 3.0}
    assert (found["only_chosen_right"], found["only_rejected_right"]) == (3, 1)
    assert (found["both_right"], found["none_right"]) == (2, 0)
    assert found["chosen_is_the_right_one"].share == 0.75
