"""The rules of a pair, whatever the strategy says; and the strategy that comes with the core."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core import Rated, Strategy, Turn
from magpie_core.builtin.strategies import (
    AgainstOtherStrategy,
    BestWorstStrategy,
    OtherBestStrategy,
)
from magpie_core.plugins import load_plugins
from magpie_core.preference import Paired, pair_up


def rated(*pairs: tuple[str, float]) -> list[Rated]:
    return [Rated(place, text, reward) for place, (text, reward) in enumerate(pairs)]


class Stubborn(Strategy):
    """Takes the first two, whatever they are."""

    name = "stubborn"

    def pair(self, rated):
        return rated[0], rated[1]


def test_the_best_is_chosen_and_the_worst_rejected():
    pair = pair_up(BestWorstStrategy(), rated(("a", 1.0), ("b", 3.0), ("c", -2.0), ("d", 3.0)))
    assert isinstance(pair, Paired)
    assert (pair.chosen.place, pair.rejected.place, pair.margin) == (1, 2, 5.0)


@pytest.mark.parametrize(
    ("responses", "reason"),
    [
        ([], "too_few"),
        ([("a", 1.0)], "too_few"),
        ([("a", 1.0), ("a", 2.0)], "equal_texts"),
        ([("a", 1.0), ("b", 1.0)], "equal_rewards"),
        ([("a", 2.0), ("b", 1.5), ("a", 1.0)], "equal_texts"),
        ([("a", 2.0), ("b", 1.75)], "small_margin"),
    ],
)
def test_without_a_pair_there_is_a_reason(responses, reason):
    assert pair_up(BestWorstStrategy(), rated(*responses), margin=0.5) == reason


def test_a_margin_is_met_by_what_is_as_large():
    assert isinstance(pair_up(BestWorstStrategy(), rated(("a", 1.5), ("b", 1.0)), 0.5), Paired)


@pytest.mark.parametrize(
    ("responses", "reason"),
    [
        ([("a", 1.0), ("a", 0.5), ("b", 3.0)], "equal_texts"),
        ([("a", 1.0), ("b", 1.0), ("c", 3.0)], "equal_rewards"),
        ([("a", 1.0), ("b", 2.0)], "small_margin"),
    ],
)
def test_the_rules_hold_against_a_strategy(responses, reason):
    assert pair_up(Stubborn(), rated(*responses)) == reason


def test_a_strategy_may_say_why_there_is_none():
    class Never(Strategy):
        name = "never"

        def pair(self, rated):
            return "no_mood"

    assert pair_up(Never(), rated(("a", 1.0), ("b", 2.0))) == "no_mood"


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([-1.0, 0.0, 0.25, 2.0])), max_size=6
    ),
    st.sampled_from([0.0, 0.25, 1.0]),
)
def test_no_pair_is_degenerate(responses, margin):
    found = pair_up(BestWorstStrategy(), rated(*responses), margin)
    if isinstance(found, Paired):
        assert found.chosen.text != found.rejected.text
        assert found.margin > 0
        assert found.margin >= margin
        assert found.chosen.reward == max(reward for _, reward in responses)
        assert found.rejected.reward == min(reward for _, reward in responses)


def test_the_strategy_comes_through_the_hook():
    assert load_plugins().strategies()["best-worst"] is BestWorstStrategy


@pytest.mark.parametrize(
    ("strategy", "ours", "expected"),
    [
        (AgainstOtherStrategy, [("a", 1.0), ("b", 2.0)], ("b", "other")),
        (OtherBestStrategy, [("a", 9.0), ("b", -2.0)], ("other", "b")),
        (AgainstOtherStrategy, [("a", -1.0), ("b", -2.0)], "small_margin"),
        (OtherBestStrategy, [("a", 1.0), ("b", 2.0)], "small_margin"),
    ],
)
def test_the_other_model_is_on_one_side(strategy, ours, expected):
    all_of_them = [*rated(*ours), Rated(len(ours), "other", 0.0, sampled=False)]
    found = pair_up(strategy(other="x"), all_of_them)
    texts = found if isinstance(found, str) else (found.chosen.text, found.rejected.text)
    assert texts == expected


@pytest.mark.parametrize("strategy", [AgainstOtherStrategy, OtherBestStrategy])
def test_both_sides_are_needed(strategy):
    assert pair_up(strategy(other="x"), rated(("a", 1.0), ("b", 2.0))) == "no_other"
    theirs = [Rated(place, str(place), float(place), sampled=False) for place in range(2)]
    assert pair_up(strategy(other="x"), theirs) == "too_few"


def test_the_other_models_response_is_found_by_what_the_user_said(tmp_path):
    file = tmp_path / "base.jsonl"
    talk = [
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "uno"},
        {"role": "user", "content": "Two?"},
        {"role": "assistant", "content": "due"},
    ]
    rows = [{"messages": talk[:2]}, {"messages": talk}, {"messages": talk[:1]}]
    file.write_text("".join(json.dumps(one) + "\n" for one in rows))
    strategy = AgainstOtherStrategy(other=str(file))
    one, two = Turn("user", "One?"), Turn("user", "Two?")
    assert strategy.more([Turn("system", "Be brief."), one]) == ("uno",)
    assert strategy.more([one, Turn("assistant", "1"), two]) == ("due",)
    assert strategy.more([two]) == ()
    before = strategy.settings()
    file.write_text("{}\n")
    assert strategy.settings() != before
