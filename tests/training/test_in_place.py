"""Files that a trainer can read where they are: every row must fit."""

from __future__ import annotations

import json

import pytest

from magpie_core.dataset.source import open_source
from magpie_core.training.in_place import in_place

ASKED = [{"role": "user", "content": "Hi?"}]
ANSWER = {"role": "assistant", "content": "Hello."}
TALK = {"messages": [*ASKED, ANSWER]}
TRL = {"prompt": ASKED, "chosen": [ANSWER], "rejected": [ANSWER]}
AXOLOTL = {"messages": ASKED, "chosen": ANSWER, "rejected": ANSWER}
FORMS = {"messages": TALK, "trl-preference": TRL, "axolotl-preference": AXOLOTL}


def fits(path, form, *rows):
    path.write_text(
        "".join(f"{json.dumps(row) if isinstance(row, dict) else row}\n" for row in rows)
    )
    with open_source(path) as source:
        return in_place(source, form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("other", FORMS)
def test_each_form_is_itself_alone(tmp_path, form, other):
    assert fits(tmp_path / "d.jsonl", form, FORMS[other], FORMS[other]) == (form == other)


@pytest.mark.parametrize(
    "row",
    [
        "{damaged",
        {"messages": ASKED},
        {"messages": []},
        {"messages": [{"role": "user", "content": None}, ANSWER]},
        {"messages": [{"from": "human", "value": "Hi?"}]},
        {"messages": [*ASKED, ANSWER], "prompt": "Hi?"},
        {"instruction": "Hi?", "response": "Hello."},
    ],
)
@pytest.mark.parametrize("last", [True, False])
def test_one_row_that_does_not_fit_is_enough(tmp_path, row, last):
    rows = [TALK, row] if last else [row, TALK]
    assert not fits(tmp_path / "d.jsonl", "messages", *rows)


def test_other_kinds_of_files_and_forms_are_written_anew(tmp_path):
    assert not fits(tmp_path / "d.json", "messages", TALK)
    assert not fits(tmp_path / "d.jsonl", "handbook-preference", TRL)
    assert not fits(tmp_path / "e.jsonl", "messages")
