"""The formats for preference training: what trainers read, one schema for all rows, nothing without a pair."""

from __future__ import annotations

import io
import json

import pytest

from magpie_core import Record, UsageError
from magpie_core.export.axolotl_preference import AxolotlPreferenceExporter
from magpie_core.export.handbook_preference import HandbookPreferenceExporter
from magpie_core.export.pairs import pair_of
from magpie_core.export.trl_preference import TrlPreferenceExporter
from magpie_core.export.write import export

EXPORTERS = [TrlPreferenceExporter, AxolotlPreferenceExporter, HandbookPreferenceExporter]


def message(role, content):
    return {"role": role, "content": content}


def record(index=0, system=None, **extra):
    return Record(
        id=f"m-{index}", index=index, instruction="Why?", response="So.", system=system, extra=extra
    )


PAIR = {"chosen": "Because.", "rejected": "No."}
ASKED, BETTER, WORSE = (
    message("user", "Why?"),
    message("assistant", "Because."),
    message("assistant", "No."),
)


def written(exporter, records, path):
    left = []
    export(records, exporter(), path, unanswered=left.append)
    return [json.loads(line) for line in path.read_text().splitlines()], sum(left)


def test_trl(tmp_path):
    rows, left = written(TrlPreferenceExporter, [record(**PAIR), record(1)], tmp_path / "a.jsonl")
    assert rows == [{"id": "m-0", "prompt": [ASKED], "chosen": [BETTER], "rejected": [WORSE]}]
    assert left == 1


def test_axolotl(tmp_path):
    rows, _ = written(AxolotlPreferenceExporter, [record(**PAIR)], tmp_path / "a.jsonl")
    assert rows == [{"id": "m-0", "messages": [ASKED], "chosen": BETTER, "rejected": WORSE}]


def test_handbook(tmp_path):
    rows, _ = written(
        HandbookPreferenceExporter, [record(system="Be kind.", **PAIR)], tmp_path / "a.jsonl"
    )
    system = message("system", "Be kind.")
    assert rows == [
        {
            "id": "m-0",
            "prompt": "Why?",
            "chosen": [system, ASKED, BETTER],
            "rejected": [system, ASKED, WORSE],
        }
    ]


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_every_row_has_one_schema(exporter, tmp_path):
    import pyarrow.json

    talk = [message("system", "S"), ASKED, message("assistant", "A"), message("user", "And?")]
    records = [record(**PAIR), record(1, prompt=talk, **PAIR), record(2, system="Be kind.", **PAIR)]
    path = tmp_path / "a.jsonl"
    rows, _ = written(exporter, records, path)
    types = {
        str(pyarrow.json.read_json(io.BytesIO(line)).schema)
        for line in path.read_bytes().splitlines()
    }
    assert len(types) == 1
    assert len(rows) == 3
    assert [one["content"] for one in pair_of(records[1]).prompt] == ["S", "Why?", "A", "And?"]


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_where_no_record_has_a_pair_nothing_is_written(exporter, tmp_path):
    path = tmp_path / "a.jsonl"
    with pytest.raises(UsageError, match="none of 2 records has a pair"):
        written(exporter, [record(), record(1, chosen=None, rejected=None)], path)
    assert not path.exists()


def test_the_prompt_that_was_answered_is_written_and_not_a_conversation_that_grew_since():
    grown = [
        {"from": "human", "value": "Why?"},
        {"from": "gpt", "value": "So."},
        {"from": "human", "value": "Really?"},
        {"from": "gpt", "value": "Yes."},
    ]
    pair = pair_of(record(conversations=grown, prompt=[ASKED], **PAIR))
    assert pair.prompt == [ASKED]


def test_pairs_that_came_with_a_file_are_taken():
    talks = {
        "chosen": [ASKED, BETTER],
        "rejected": [ASKED, WORSE],
    }
    assert pair_of(record(**talks)) == ([ASKED], BETTER, WORSE)


def test_of_several_sets_one_is_named():
    both = {f"{name}.{key}": f"{name} {key}" for name in ("a", "b") for key in PAIR}
    with pytest.raises(UsageError, match="several sets of preferences: a, b"):
        pair_of(record(**both))
    assert pair_of(record(**both), "b").chosen["content"] == "b chosen"
    assert pair_of(record(**{"a.chosen": "x", "a.rejected": "y"}), "b") is None
    assert (
        pair_of(record(**PAIR), "b").chosen == BETTER
    )  # the only set has no name before its columns


def test_what_was_made_here_wins_over_a_column_of_the_source():
    made = {f"preferred.{key}": f"made {key}" for key in PAIR}
    assert pair_of(record(**PAIR, **made)).chosen["content"] == "made chosen"
