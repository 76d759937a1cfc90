"""The core's strategies keep the contract, and take their options from a recipe."""

from __future__ import annotations

import json

import pytest

from magpie_core import Rated
from magpie_core.builtin.strategies import (
    AgainstOtherStrategy,
    BestWorstStrategy,
    OtherBestStrategy,
)
from magpie_core.testing.contracts.strategy import StrategyContract


class TestBestWorst(StrategyContract):
    strategy = BestWorstStrategy
    pairs = (
        ([("a", 1.0), ("b", 3.0), ("c", -2.0), ("d", 3.0)], ("b", "c")),
        ([("a", 1.0), ("a", 3.0)], "equal_texts"),
        ([("a", 1.0), ("b", 1.0)], "equal_rewards"),
    )


class WithOther(StrategyContract):
    """The last response is the other model's."""

    @pytest.fixture(autouse=True)
    def other(self, tmp_path, monkeypatch):
        path = tmp_path / "other.jsonl"
        path.write_text(json.dumps({"instruction": "Hi?", "response": "Hello."}) + "\n")
        monkeypatch.setattr(type(self), "options", {"other": str(path)})

    def rated(self, texts):
        last = len(texts) - 1
        return [
            Rated(place, text, reward, sampled=place != last)
            for place, (text, reward) in enumerate(texts)
        ]


class TestAgainstOther(WithOther):
    strategy = AgainstOtherStrategy
    pairs = (
        ([("a", 1.0), ("b", 3.0), ("theirs", 0.5)], ("b", "theirs")),
        ([("a", 1.0), ("b", 3.0), ("theirs", 4.0)], "small_margin"),
    )


class TestOtherBest(WithOther):
    strategy = OtherBestStrategy
    pairs = (([("a", 1.0), ("b", 3.0), ("theirs", 4.0)], ("theirs", "a")),)
