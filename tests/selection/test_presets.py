"""The published selections on a table small enough to select from by hand."""

import pytest

from magpie_core.errors import UsageError
from magpie_core.selection.presets import PRESETS, preset
from magpie_core.selection.request import Request

GOOD = {
    "instruction": "What is a fjord?",
    "response": "12345",
    "input_quality": "good",
    "difficulty": "medium",
    "task_category": "Math",
    "instruct_reward": 1.0,
    "reward_difference": 0.5,
    "min_neighbor_distance": 0.3,
    "repeat_count": 0,
    "min_similar_conversation_id": None,
}
ROWS = {
    "plain": {},
    "excellent": {"input_quality": "excellent", "difficulty": "very hard", "response": "123456789"},
    "average": {"input_quality": "average"},
    "poor": {"input_quality": "poor"},
    "easy": {"difficulty": "easy"},
    "colon": {"instruction": "Do the following:"},
    "first": {
        "repeat_count": 1,
        "min_similar_conversation_id": "first",
        "min_neighbor_distance": 0.01,
    },
    "second": {
        "repeat_count": 1,
        "min_similar_conversation_id": "first",
        "min_neighbor_distance": 0.01,
    },
    "same": {
        "repeat_count": 1,
        "min_similar_conversation_id": "plain",
        "min_neighbor_distance": 0.0,
    },
    "reward -5": {"instruct_reward": -5.0},
    "reward -10": {"instruct_reward": -10.0},
    "reward -11": {"instruct_reward": -11.0},
    "reward -12": {"instruct_reward": -12.0},
    "no better": {"reward_difference": 0.0},
    "untagged": {"input_quality": None, "difficulty": None},
    "coding": {"task_category": "Coding & Debugging", "response": "1"},
}
EXPECTED = {
    # quality at least good, difficulty at least medium, distance above 0, difference above 0
    "air": {
        *("plain", "excellent", "colon", "first", "second", "reward -5"),
        *("reward -10", "reward -11", "reward -12", "coding"),
    },
    # quality at least average, distance above 0, reward above -12
    "pro": {
        *("plain", "excellent", "average", "easy", "colon", "first", "second", "reward -5"),
        *("reward -10", "reward -11", "no better", "coding"),
    },
    # good or excellent, reward above -10, no colon at the end, first of its kind
    "notebook": {"plain", "excellent", "easy", "first", "reward -5", "no better", "coding"},
    # quality at least average, reward at least -10, no colon at the end, first of its kind
    "chinese": {
        *("plain", "excellent", "average", "easy", "first", "reward -5", "reward -10", "no better"),
        "coding",
    },
    # difficulty at least medium, quality at least good, reward at least -5
    "preference": {
        *(
            "plain",
            "excellent",
            "colon",
            "first",
            "second",
            "same",
            "reward -5",
            "no better",
            "coding",
        ),
    },
}


@pytest.fixture
def published(data):
    return data(*({"id": id, **GOOD, **row} for id, row in ROWS.items()))


def test_every_preset_has_rows_to_expect():
    assert set(EXPECTED) == set(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_keeps_the_rows_found_by_hand(published, chosen, name):
    request = preset(name).add_to(Request(), longest=True)
    found = chosen(published, **_fields(request))
    assert len(found) == len(set(found))
    assert set(found) == EXPECTED[name]


def test_the_longest_come_last_and_may_be_left_out(published, chosen):
    few = preset("pro").add_to(Request(top=1), longest=True)
    assert chosen(published, **_fields(few)) == ["excellent"]
    all_of_them = preset("pro").add_to(Request(), longest=False)
    assert all_of_them.top is None
    assert set(chosen(published, **_fields(all_of_them))) == EXPECTED["pro"]


def test_preference_balances_categories(published, chosen):
    request = preset("preference").add_to(Request(n=2), longest=True)
    found = chosen(published, **_fields(request))
    assert len(found) == 2
    assert "coding" in found


def test_own_conditions_come_on_top(published, chosen):
    request = preset("pro").add_to(Request(where=("difficulty = 'easy'",)), longest=True)
    assert chosen(published, **_fields(request)) == ["easy"]


def test_sets_with_uuids_say_similar_uuid(data, chosen):
    path = data(
        {"id": "a", "min_similar_uuid": "a"}, {"id": "b", "min_similar_uuid": "a"}, {"id": "c"}
    )
    where = (
        "min_similar_conversation_id IS NULL OR min_similar_conversation_id = conversation_id",
    )
    assert chosen(path, where=where) == ["a", "c"]


def test_an_unknown_preset_names_the_near_one():
    with pytest.raises(UsageError) as caught:
        preset("notebok")
    assert "notebook" in str(caught.value.hint)


def _fields(request):
    return {name: getattr(request, name) for name in request.__struct_fields__}
