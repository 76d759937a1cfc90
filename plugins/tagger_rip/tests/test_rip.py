"""Pairs in every shape they are stored in, what is no pair, and a whole file with a selection by quantiles."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from magpie_core import Record, TagError
from magpie_core.cli import main
from magpie_core.dataset.columns import read_added, read_missed
from magpie_core.testing.contracts.tagger import TaggerContract
from magpie_tagger_rip import RipTagger
from magpie_tagger_rip.pair import Pair, pair_of

THREE = {"responses": ["Good.", "Bad!", "So so"], "rewards": [2.0, -1.5, 0]}
EXPECTED = {"rip_rejected_reward": -1.5, "rip_rejected_length": 4, "rip_reward_gap": 3.5}


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": "Say it."}, {"role": "assistant", "content": text}]


class TestRip(TaggerContract):
    tagger = RipTagger
    columns = {"Say it.": EXPECTED}

    def tag(self, records: Sequence[Record], engine: Any) -> list[Any]:
        return super().tag([replace(one, extra=THREE) for one in records], engine)


@pytest.mark.parametrize(
    "row",
    [
        THREE,
        {"all_generated_responses": THREE["responses"], "all_rm_scores": [2, -1.5, 0]},
        {"responses": [said("Good."), said("Bad!")], "rewards": [2, -1.5]},
        {"responses": ["Good.", "Bad!", "?"], "rewards": [2, -1.5, None]},
        {"chosen": "Good.", "rejected": "Bad!", "chosen_reward": 2, "rejected_reward": -1.5},
        {"chosen": "Good.", "rejected": "Bad!", "score_chosen": 2, "score_rejected": -1.5},
        {"chosen": None, "rejected": said("Bad!"), "score_chosen": 2, "score_rejected": -1.5},
        {"rejected": [{"from": "gpt", "value": "Bad!"}], "chosen_score": 2, "rejected_score": -1.5},
        # the pair is what is trained on, whatever else was sampled
        {
            **THREE,
            "rewards": [9, 9],
            "rejected": "Bad!",
            "reward_chosen": 2,
            "reward_rejected": -1.5,
        },
        # a pair without rewards of its own: those of the lists
        THREE | {"chosen": "Good.", "rejected": "Bad!"},
    ],
)
def test_pairs_are_found_in_every_shape(row: dict[str, Any]) -> None:
    assert pair_of(row) == Pair(2, -1.5, "Bad!")


def test_of_equal_rewards_the_first_is_rejected() -> None:
    assert pair_of({"responses": ["a", "b"], "rewards": [1, 1]}) == Pair(1, 1, "a")


def test_a_pair_the_wrong_way_round_has_a_gap_below_zero() -> None:
    row = {"chosen": "x", "rejected": "y", "chosen_reward": 1, "rejected_reward": 3}
    record = Record(id="r", index=0, instruction="i", response="", extra=row)
    [found] = asyncio.run(RipTagger().tag([record], None))
    assert isinstance(found, dict)
    assert found["rip_reward_gap"] == -2


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({}, "no responses with rewards"),
        ({"responses": ["a", "b"]}, "no responses with rewards"),
        ({"chosen": "a", "rejected": "b", "chosen_reward": 1}, "no responses with rewards"),
        ({"responses": ["a"], "rewards": [1]}, "1 numbers"),
        ({"responses": ["a", "b"], "rewards": [1]}, "2 responses, `rewards` 1 rewards"),
        ({"responses": "ab", "rewards": [1, 2]}, "`responses` is no list"),
        ({"responses": ["a", "b"], "rewards": 3.0}, "`rewards` is no list"),
        ({"responses": ["a", 7], "rewards": [1, 0]}, r"`responses\[1\]` holds no text"),
        ({"responses": ["a", "b"], "rewards": [1, float("nan")]}, "1 numbers"),
        ({"responses": ["a", "b"], "rewards": [True, 10**400]}, "0 numbers"),
        (
            {"chosen": "a", "rejected": [{"role": "user", "content": "b"}]}
            | {"chosen_reward": 1, "rejected_reward": 0},
            "`rejected` holds no text",
        ),
    ],
)
def test_what_is_no_pair_is_said(row: dict[str, Any], why: str) -> None:
    with pytest.raises(TagError, match=why):
        pair_of(row)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["role", "content", "from", "value"]), inner)
    ),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["responses", "rewards", "chosen", "rejected", "score_chosen", "rejected_reward"]
)


@given(st.dictionaries(NAMES, JSON))
def test_any_row_gives_a_pair_or_says_why_not(row: dict[str, Any]) -> None:
    with suppress(TagError):
        assert isinstance(pair_of(row).rejected, str)


def magpie(*args: object) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in args])
    assert not ended.value.code


def test_a_file_is_tagged_and_selected_by_quantiles(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    path = tmp_path / "pairs.jsonl"
    rows: list[dict[str, Any]] = [
        {"id": f"r{k}", "prompt": f"Say {k}.", "responses": ["x" * 50, "y" * (10 + k)]}
        | {"rewards": [10.0, float(k)]}
        for k in range(9)
    ]
    rows.append({"id": "odd", "prompt": "Say it.", "responses": ["alone"]})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    magpie("tag", path, "rip")
    folder = tmp_path / "pairs.jsonl.magpie" / "tags" / "rip"
    added = {one.id: one.columns for one in read_added(folder)}
    assert added["r3"] == {
        "rip_rejected_reward": 3.0,
        "rip_rejected_length": 13,
        "rip_reward_gap": 7.0,
    }
    assert set(read_missed(folder)) == {"odd"}
    out = tmp_path / "kept.jsonl"
    magpie(
        *("select", path, "--out", out),
        *("--where", "rip_rejected_reward >= quantile_cont(rip_rejected_reward, 0.5)"),
        *("--where", "rip_reward_gap <= quantile_cont(rip_reward_gap, 0.25)"),
    )
    assert [json.loads(one)["id"] for one in out.read_text().splitlines()] == ["r6", "r7", "r8"]
