"""What every output format must keep: all rows, their order, every text, and flat memory."""

from __future__ import annotations

import tracemalloc
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from magpie_core.export.exporter import Exporter
from magpie_core.export.write import export
from magpie_core.record import Provenance, Record
from magpie_core.testing.contracts.contract import Contract

NASTY = (
    "",
    " leading and trailing \t",
    "two\nlines\r\nand\u2028more\u0085",
    "quotes \" ' ` and \\ backslashes \\n \\u0041",
    "NUL \x00 and bell \x07 and delete \x7f",
    "数学 ✓ 👩\u200d🔬 עברית \u202eright\u202c é e\u0301 \ufeff \uffff",
    "<|im_start|>user\n{{ template }} %s {0} </s>",
    ",;\t|[]{}\n,",
    "x" * 1_000_000,
)
"""Texts that formats get wrong."""
LONE = "lone \ud800 surrogate"
_ROW = 1_000_000
_ROWS = 100


def record(index: int, instruction: str, response: str, **fields: object) -> Record:
    """A record with a provenance and a plugin's column."""
    provenance = Provenance(
        run="0" * 16,
        seed=2**64 - 1,
        instruction_tokens=1,
        response_tokens=2,
        response_finish="stop",
    )
    everything = {"provenance": provenance, "extra": {"difficulty": "easy"}, **fields}
    return Record(
        id=f"id-{index}",
        index=index,
        instruction=instruction,
        response=response,
        **everything,  # type: ignore[arg-type]
    )


class ExporterContract(Contract, ABC):
    """What a format is held to. Inherit, set ``exporter``, and say how the file is read back.

    As in::

        class TestPairs(ExporterContract):
            exporter = PairsExporter

            def read(self, path):
                return [tuple(json.loads(line)) for line in path.open(newline=chr(10))]
    """

    exporter: ClassVar[type[Exporter]]

    @abstractmethod
    def read(self, path: Path) -> list[tuple[str, str]]:
        """Instruction and response of every row, in the file's order."""

    def test_it_says_what_it_is(self) -> None:
        """A name to type, a suffix with its dot, and a line for ``magpie plugins``."""
        name, suffix = self.exporter.name, self.exporter.suffix
        assert name == name.strip().lower() != "", (
            f"`{name}` is no name to type: lower case, not empty"
        )
        assert suffix.startswith("."), f"the suffix `{suffix}` begins without its dot"
        assert self.exporter.description, (
            "`description` is empty: a line for `magpie export --help`"
        )

    def test_every_text_comes_back(self, tmp_path: Path) -> None:
        """In both places, and beside one another."""
        # Without a response a record is none that every format takes.
        pairs = [(text, text[::-1] or "an answer") for text in NASTY]
        records = [record(index, *pair) for index, pair in enumerate(pairs)]
        rows, read = self.write(records, tmp_path)
        assert rows == len(pairs), f"{len(pairs)} records, {rows} rows said to be written"
        wrong = [(was, came) for was, came in zip(pairs, read, strict=True) if was != came]
        assert not wrong, f"texts that do not come back as they were: {str(wrong)[:2000]}"

    @pytest.mark.parametrize("where", ["instruction", "response"])
    def test_a_lone_surrogate_costs_one_character_at_most(self, tmp_path: Path, where: str) -> None:
        """UTF-8 has no bytes for it; the rest of the text must arrive."""
        texts = {"instruction": "fine", "response": "fine"} | {where: LONE}
        rows, read = self.write([record(0, **texts)], tmp_path)
        assert rows == 1, f"one record, {rows} rows said to be written"
        instruction, response = read[0]
        got = {"instruction": instruction, "response": response}[where]
        assert got.startswith("lone "), f"{LONE!r} came back as {got!r}"
        assert got.endswith(" surrogate"), f"{LONE!r} came back as {got!r}"

    def test_rows_keep_their_order(self, tmp_path: Path) -> None:
        """The order is the caller's; an exporter neither sorts nor drops."""
        order = [3, 1, 2, 1, 0]
        records = [record(index, f"i{index}", f"r{index}") for index in order]
        rows, read = self.write(records, tmp_path)
        assert rows == len(order), f"{len(order)} records, {rows} rows said to be written"
        got = [instruction for instruction, _ in read]
        assert got == [f"i{index}" for index in order], (
            f"records in the order {order} came as {got}"
        )

    def test_records_need_not_be_complete(self, tmp_path: Path) -> None:
        """With and without system prompt, columns and provenance, in one file."""
        records = [
            record(0, "a", "b", provenance=None, extra={}),
            record(1, "c", "d", system="Be brief.", extra={"score": 1, "tags": ["x"]}),
            record(2, "e", "f", extra={"score": 0.5, "tags": [], "nested": {"a": [1, None]}}),
            record(3, "g", "h", extra={"score": None, "tags": "none", "id": 2**70}),
        ]
        rows, read = self.write(records, tmp_path)
        assert rows == 4, f"4 records with different columns, {rows} rows said to be written"
        wanted = [("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")]
        assert read == wanted, f"records with different columns came back as {read}"

    def test_a_prompt_without_a_response_is_a_row_or_left_out(self, tmp_path: Path) -> None:
        """As ``takes`` says; the answered record beside it is a row either way."""
        records = [record(0, "a", "b"), record(1, "c", "")]
        taken = [one.instruction for one in records if self.exporter().takes(one)]
        rows, read = self.write(records, tmp_path)
        assert taken[:1] == ["a"], "`takes` turns down a record with a response"
        assert rows == len(taken), (
            f"`takes` took {len(taken)} records, {rows} rows said to be written"
        )
        got = [instruction for instruction, _ in read]
        assert got == taken, f"`takes` took {taken}, in the file stand {got}"

    def test_no_records_make_a_valid_file(self, tmp_path: Path) -> None:
        """Nothing in, nothing out, and it can still be read."""
        found = self.write([], tmp_path)
        assert found == (0, []), f"no records gave (rows, what is read) {found}"

    def test_memory_does_not_grow_with_the_rows(self, tmp_path: Path) -> None:
        """A generator of 100 MB goes through with less than half of it in memory."""

        def stream() -> Iterator[Record]:
            for index in range(_ROWS):
                yield record(index, "i", chr(97 + index % 26) * _ROW)

        tracemalloc.start()
        try:
            rows = self.exporter().write(stream(), tmp_path / "out")
            assert rows == _ROWS, f"{_ROWS} records, {rows} rows said to be written"
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < _ROWS * _ROW / 2, (
            f"{peak / 1e6:.0f} MB in memory for {_ROWS} rows of 1 MB: write them as they come"
        )

    def test_a_failed_export_leaves_nothing(self, tmp_path: Path) -> None:
        """Neither a file nor a part of one when the records end in an error."""

        def breaks() -> Iterator[Record]:
            yield record(0, "i", "r")
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            export(breaks(), self.exporter(), tmp_path / f"out{self.exporter.suffix}")
        left = list(tmp_path.iterdir())
        assert left == [], f"a failed export leaves {left}: write to the path given, nowhere else"

    def write(self, records: list[Record], folder: Path) -> tuple[int, list[tuple[str, str]]]:
        """Write through ``export``, as the command line does, and read back."""
        out = folder / f"out{self.exporter.suffix}"
        rows = export(records, self.exporter(), out)
        return rows, self.read(out)
