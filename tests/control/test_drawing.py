"""What instructions are steered to: shares as asked for, and the same index always draws the same."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.control.drawing import Control, Weighted
from magpie_core.control.tasks import TASKS, ULTRA
from magpie_core.control.wanted import make_control
from magpie_core.run.recipe import ControlSection


def test_shares_are_those_asked_for():
    """Each within four standard errors: a run in 15,000 would miss by chance, and the seed is fixed."""
    control = make_control(ControlSection(tasks="ultra", languages="German=2,French"))
    n = 20_000
    drawn = [control.steer(3, index).columns for index in range(n)]
    tasks = Counter(one["control_task"] for one in drawn)
    assert tasks.keys() == ULTRA.keys()
    for name, share in ULTRA.items():
        assert abs(tasks[name] / n - share) < 4 * (share * (1 - share) / n) ** 0.5
    german = sum(one["control_language"] == "German" for one in drawn) / n
    assert abs(german - 2 / 3) < 4 * (2 / 9 / n) ** 0.5
    both = sum(one == {"control_task": "math", "control_language": "German"} for one in drawn) / n
    assert abs(both - 0.125 * 2 / 3) < 4 * (0.083 * 0.917 / n) ** 0.5, "drawn by themselves"


def test_the_presets_are_tasks_of_ours():
    assert set(ULTRA) <= set(TASKS)
    assert sum(ULTRA.values()) == pytest.approx(1)


def test_an_index_draws_the_same_whatever_came_before():
    control = make_control(ControlSection(tasks="math,code"))
    forwards = [control.steer(1, index) for index in range(50)]
    assert [control.steer(1, index) for index in reversed(range(50))] == forwards[::-1]
    assert [control.steer(2, index) for index in range(50)] != forwards


def test_everything_stands_in_one_prompt():
    control = Control(
        Weighted({"math": "It is about numbers."}, (1.0,)),
        Weighted({"German": "It is in German."}, (5.0,)),
        ("a nurse who works nights",),
    )
    found = control.steer(0, 0)
    assert found.system.splitlines() == [
        "The user is this person: a nurse who works nights",
        "It is about numbers.",
        "It is in German.",
    ]
    assert found.columns == {
        "control_persona": "a nurse who works nights",
        "control_task": "math",
        "control_language": "German",
    }


@given(
    st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=6),
    st.floats(0, 1, exclude_max=True),
)
def test_every_share_draws_something(weights, share):
    names = {f"t{number}": f"text {number}" for number in range(len(weights))}
    name, text = Weighted(names, tuple(weights)).draw(share)
    assert names[name] == text


@given(st.integers(0, 2**63 - 1), st.integers(0, 10**9))
def test_every_seed_and_index_has_a_persona(seed, index):
    control = Control(personas=("a", "b", "c"))
    assert control.steer(seed, index).columns["control_persona"] in "abc"
