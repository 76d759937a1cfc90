"""The shapes people store conversations in, and rows that hold none."""

import pytest

from magpie_core.dataset.shapes import ShapeError, turns_of, used_columns
from magpie_core.record import Turn

ASKED, ANSWERED = Turn("user", "Q"), Turn("assistant", "A")


@pytest.mark.parametrize(
    "row",
    [
        {"conversations": [{"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}]},
        {"conversation": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]},
        {"messages": [{"role": "User", "content": "Q"}, {"role": "ASSISTANT", "content": "A"}]},
        {"messages": [{"from": "prompter", "value": "Q"}, {"from": "bot", "value": "A"}]},
        {  # a Parquet column of both spellings
            "messages": [
                {"from": None, "value": None, "role": "user", "content": "Q"},
                {"from": "gpt", "value": "A", "role": None, "content": None},
            ]
        },
        {"instruction": "Q", "input": "", "output": "A"},
        {"instruction": "Q", "response": "A", "conversations": []},
        {"prompt": "Q", "completion": "A"},
        {"question": "Q", "answer": "A"},
        {"query": "Q", "response": "A", "system": ""},
        {
            "prompt": [{"role": "user", "content": "Q"}],
            "completion": [{"role": "assistant", "content": "A"}],
        },
        {
            "chosen": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}],
            "rejected": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "B"}],
        },
    ],
)
def test_known_shapes(row):
    assert turns_of(row) == [ASKED, ANSWERED]


def test_a_system_column_stands_first_in_every_shape():
    system = Turn("system", "S")
    turns = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]
    assert turns_of({"system": "S", "messages": turns}) == [system, ASKED, ANSWERED]
    assert turns_of({"system": "S", "prompt": "Q", "output": "A"}) == [system, ASKED, ANSWERED]
    own = [{"role": "system", "content": "mine"}, *turns]
    assert turns_of({"system": "S", "messages": own})[0] == Turn("system", "mine")


def test_alpacas_input_belongs_to_the_instruction():
    assert turns_of({"instruction": "Sum up", "input": "a text"}) == [
        Turn("user", "Sum up\n\na text")
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({}, "no conversation"),
        ({"text": "x"}, "there are: text"),
        ({"instruction": "  "}, "no conversation"),
        ({"instruction": 3}, "no conversation"),
        ({"messages": "Q"}, "no list of turns"),
        ({"messages": {"role": "user", "content": "Q"}}, "no list of turns"),
        ({"messages": [None]}, "no object"),
        ({"messages": [{"role": "tool", "content": "Q"}]}, "role `tool`"),
        ({"messages": [{"role": ["user"], "content": "Q"}]}, "role `"),
        ({"messages": [{"content": "Q"}]}, "role `None`"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "has no text"),
        ({"messages": [{"role": "assistant", "content": "A"}]}, "no user turn"),
    ],
)
def test_what_is_no_conversation_says_why(row, reason):
    with pytest.raises(ShapeError, match=reason):
        turns_of(row)


def test_a_prompt_that_is_a_list_of_turns_has_no_answer_of_its_own():
    """Which of `chosen` and `rejected` answers it is the business of whoever reads them."""
    row = {
        "prompt": [{"role": "system", "content": "S"}, {"role": "user", "content": "Q"}],
        "chosen": [{"role": "assistant", "content": "A"}],
        "rejected": [{"role": "assistant", "content": "B"}],
    }
    assert turns_of(row) == [Turn("system", "S"), ASKED]
    assert used_columns(row, turns_of(row)) == {"prompt"}


def test_a_chosen_conversation_stays_beside_the_rejected_one():
    both = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]
    row = {"chosen": both, "rejected": both[:1]}
    assert used_columns(row, turns_of(row)) == set()


@pytest.mark.parametrize("value", [["a", "b"], [], [3]])
def test_other_lists_are_no_conversation(value):
    with pytest.raises(ShapeError, match="no conversation"):
        turns_of({"chosen": value, "prompt": value})
