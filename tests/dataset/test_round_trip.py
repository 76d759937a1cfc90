"""What our exporters write, ``open_source`` reads back as it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core.dataset.source import open_source
from magpie_core.export.alpaca import AlpacaExporter
from magpie_core.export.jsonl import JsonlExporter
from magpie_core.export.messages import MessagesExporter
from magpie_core.export.parquet import ParquetExporter
from magpie_core.export.sharegpt import ShareGptExporter
from magpie_core.record import WHOLE, Provenance, Record

LISTS = (ShareGptExporter, MessagesExporter)
ALL = (*LISTS, AlpacaExporter, JsonlExporter, ParquetExporter)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(str.strip)
provenances = st.builds(
    Provenance,
    run=st.just("0123456789ab"),
    seed=st.integers(0, 2**64 - 1),
    instruction_tokens=st.integers(0, 99),
    response_tokens=st.integers(0, 99),
    response_finish=st.sampled_from(["stop", "length"]),
)
columns = st.dictionaries(
    st.sampled_from(["difficulty", "note", "task"]), texts.map(str), max_size=3
)


@st.composite
def turns(draw):
    """A conversation of several exchanges."""
    spoken = draw(st.lists(texts, min_size=3, max_size=6))
    system = draw(st.none() | texts)
    talk = [{"from": "gpt" if k % 2 else "human", "value": one} for k, one in enumerate(spoken)]
    return [*([{"from": "system", "value": system}] if system else []), *talk]


@st.composite
def records(draw):
    """A run's records: some with system prompts, columns, or a longer conversation."""
    made = []
    for index in range(draw(st.integers(1, 4))):
        whole = draw(st.none() | turns())
        system, asked, answered = draw(st.none() | texts), draw(texts), draw(texts)
        extra = dict(draw(columns))
        if whole:
            system = whole[0]["value"] if whole[0]["from"] == "system" else None
            asked, answered = (
                one["value"] for one in [t for t in whole if t["from"] != "system"][:2]
            )
            extra[WHOLE] = whole
        made.append(
            Record(
                id=f"0123456789ab-{index:08d}",
                index=index,
                instruction=asked,
                response=answered,
                system=system,
                extra=extra,
                provenance=draw(st.none() | provenances),
            )
        )
    return made


def read(path):
    with open_source(path) as source:
        found = list(source.records())
        assert source.damaged == 0
    return found


@pytest.mark.parametrize("exporter", ALL, ids=lambda one: one.name)
@given(records())
@settings(max_examples=25, deadline=None)
def test_texts_come_back(tmp_path_factory, exporter, written):
    path = tmp_path_factory.mktemp("trip") / f"data{exporter.suffix}"
    assert exporter().write(written, path) == len(written)
    found = read(path)
    for before, after in zip(written, found, strict=True):
        assert (after.instruction, after.response, after.system) == (
            before.instruction,
            before.response,
            before.system,
        )
        if exporter is not AlpacaExporter:
            assert after.turns == before.turns
            assert after.id == before.id


@given(records())
@settings(max_examples=25, deadline=None)
def test_jsonl_brings_back_everything(tmp_path_factory, written):
    path = tmp_path_factory.mktemp("trip") / "data.jsonl"
    JsonlExporter().write(written, path)
    assert read(path) == written


@given(records())
@settings(max_examples=30, deadline=None)
def test_parquet_brings_back_everything_but_which_columns_were_missing(tmp_path_factory, written):
    path = tmp_path_factory.mktemp("trip") / "data.parquet"
    ParquetExporter().write(written, path)
    for before, after in zip(written, read(path), strict=True):
        assert {k: v for k, v in after.extra.items() if v is not None} == before.extra
        assert after.provenance == before.provenance


@given(st.lists(st.dictionaries(texts, st.recursive(st.none() | texts, st.lists), max_size=3)))
@settings(max_examples=25, deadline=None)
def test_no_row_raises(tmp_path_factory, rows):
    """Whatever stands in the columns: each row is a record or is counted."""
    from magpie_core.run.encode import encode

    path = tmp_path_factory.mktemp("trip") / "data.jsonl"
    names = ("messages", "conversations", "instruction", "id")
    mixed = [
        dict(zip(names, row.values(), strict=False)) | row if k % 2 else row
        for k, row in enumerate(rows)
    ]
    path.write_bytes(b"".join(encode(row) + b"\n" for row in mixed))
    with open_source(path) as source:
        assert len(list(source.records())) + source.damaged == len(rows)
