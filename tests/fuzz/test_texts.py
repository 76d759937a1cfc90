"""Cleaners, filters and exporters over any text: an answer, the same one again, and never an exception."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.cli.console import visible
from magpie_core.dataset.source import open_source
from magpie_core.filters import Draft, Reject
from magpie_core.plugins import load_plugins
from magpie_core.record import Record
from magpie_core.run.encode import mend
from magpie_core.steps.judging import Judges
from magpie_core.testing.fuzz import ANY_TEXT, fuzzed

PLUGINS = load_plugins()
CLEANERS = [one() for one in PLUGINS.cleaners().values()]
FILTERS = [one() for one in PLUGINS.filters().values() if one.default]
EXPORTERS = [one() for one in PLUGINS.exporters().values()]
MARKERS = [
    "<|eot_id|>",
    "<|im_start|>user\n",
    "### Response:",
    "assistant",
    "[INST]",
    "\n\n",
    "```",
    '{"a": 1}',
]
MARKERS += [
    "Human:",
    "1.",
    "…",
    "。",
    "\u200b",
    "\x00",
    "\ud800",
    "\u202e",
    "https://a.b/c?d=e",
    "don't",
    "\r\n",
    "  ",
]
TEXT = st.lists(st.sampled_from(MARKERS) | ANY_TEXT, max_size=8).map("".join)


@given(TEXT)
@fuzzed(300)
def test_cleaners_give_text_or_a_reason_and_the_same_again(text):
    for cleaner in CLEANERS:
        cleaned = cleaner.clean(text)
        assert cleaned == cleaner.clean(text)
        if isinstance(cleaned, Reject):
            assert cleaned.reason
            continue
        assert len(cleaned) <= len(text), "cleaners take away and add nothing"
        again = cleaner.clean(cleaned)
        assert again == cleaned or isinstance(again, Reject) or len(again) < len(cleaned)


def test_trimming_what_is_trimmed_changes_nothing():
    trim = PLUGINS.cleaners()["trim"]()

    @given(TEXT)
    @fuzzed(100)
    def check(text):
        cleaned = trim.clean(text)
        if isinstance(cleaned, str):
            assert trim.clean(cleaned) == cleaned

    check()


@given(TEXT, st.none() | TEXT, st.none() | TEXT, st.sampled_from([None, "stop", "length"]))
@fuzzed(300)
def test_filters_give_a_reason_or_none_and_the_same_again(asked, answered, system, finish):
    for one in FILTERS:
        draft = Draft(index=0, instruction=asked, response=answered, system=system)
        draft.finish_reason = finish
        reason = one.reject(draft)
        assert reason is None or (isinstance(reason, str) and reason)
        assert (draft.instruction, draft.response) == (asked, answered), "a filter changes nothing"
        assert one.reject(draft) == reason
    judges = Judges(CLEANERS, FILTERS)
    judges.instruction(Draft(index=0, instruction=asked, system=system))


@given(st.lists(st.tuples(TEXT, TEXT, st.none() | TEXT), min_size=1, max_size=3))
@fuzzed(100)
def test_exporters_write_any_text_and_it_is_read_back(texts):
    records = [
        Record(id=f"k-{n}", index=n, instruction=asked, response=answer, system=system)
        for n, (asked, answer, system) in enumerate(texts)
    ]
    with tempfile.TemporaryDirectory() as folder:
        for exporter in EXPORTERS:
            taken = [one for one in records if exporter.takes(one)]
            if not taken:
                continue
            path = Path(folder, f"{exporter.name}{exporter.suffix}")
            assert exporter.write(taken, path) == len(taken)
            if exporter.name in ("jsonl", "parquet", "messages"):
                with open_source(path) as source:
                    found = [one.instruction for one in source.records() if source.damaged == 0]
                wanted = [mend(one.instruction) for one in taken]
                assert found == wanted or not all(map(str.strip, wanted))


@given(TEXT)
@fuzzed(200)
def test_nothing_visible_drives_a_terminal(text):
    shown = visible(text)
    assert not set(shown) & {
        chr(code) for code in (*range(9), *range(11, 32), 127, *range(128, 160))
    }
    json.dumps(shown).encode()
    shown.encode("utf-8")


def test_there_is_something_to_fuzz():
    assert len(CLEANERS) >= 2
    assert len(FILTERS) >= 10
    assert {one.name for one in EXPORTERS} >= {"jsonl", "parquet", "messages", "sharegpt", "alpaca"}
    with pytest.raises(UnicodeEncodeError):
        "\ud800".encode()
