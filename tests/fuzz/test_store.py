"""The store: what is written comes back, and whatever happens to a part, its whole lines are read and the rest counted."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.errors import MagpieError
from magpie_core.record import Failure, Provenance, Record, Rejection
from magpie_core.run.encode import mend
from magpie_core.run.events import read_events
from magpie_core.run.folder import RunFolder
from magpie_core.run.lock import read_holder
from magpie_core.testing.fuzz import ANY_TEXT, fuzzed

COLUMN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | ANY_TEXT | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
INDEXES = st.lists(st.integers(0, 2**63 - 1), unique=True, max_size=6)
PROVENANCE = st.builds(
    Provenance,
    run=ANY_TEXT,
    seed=st.integers(0, 2**63 - 1),
    instruction_tokens=st.integers(0, 2**40),
    response_tokens=st.integers(0, 2**40),
    response_finish=ANY_TEXT,
)


@st.composite
def items(draw):
    """Records, rejections and failures, each index once."""
    made = []
    for index in draw(INDEXES):
        kind = draw(st.sampled_from("rjf"))
        if kind == "r":
            extra = draw(st.dictionaries(ANY_TEXT, COLUMN, max_size=3))
            texts = [draw(ANY_TEXT) for _ in range(3)]
            made.append(
                Record(
                    id=texts[0], index=index, instruction=texts[1], response=texts[2],
                    system=draw(st.none() | ANY_TEXT), extra=extra, provenance=draw(st.none() | PROVENANCE),
                )
            )  # fmt: skip
        elif kind == "j":
            texts = [draw(ANY_TEXT) for _ in range(3)]
            made.append(
                Rejection(
                    index=index, step="response", reason=texts[0], filter=texts[1], text=texts[2]
                )
            )
        else:
            made.append(Failure(index=index, step="instruction", error=draw(ANY_TEXT), attempts=1))
    return made


def mended(item):
    return msgspec.convert(mend(msgspec.to_builtins(item)), type(item))


@given(items(), ANY_TEXT)
@fuzzed(200)
def test_what_is_written_comes_back(made, note):
    with tempfile.TemporaryDirectory() as folder:
        with RunFolder.create(Path(folder, "run"), {"note": note, "key": "k"}) as run:
            for one in made:
                run.append(one)
        with RunFolder.open(Path(folder, "run"), write=False) as run:
            assert run.manifest["note"] == mend(note)
            for kind, read in (
                (Record, run.records),
                (Rejection, run.rejections),
                (Failure, run.failures),
            ):
                assert list(read()) == [mended(one) for one in made if isinstance(one, kind)]
            settled = run.settled()
        indexes = {
            kind: [one.index for one in made if isinstance(one, kind)]
            for kind in (Record, Rejection, Failure)
        }
        assert sorted(settled.accepted) == sorted(indexes[Record])
        assert sorted(settled.rejected) == sorted(indexes[Rejection])
        assert sorted(settled.failed) == sorted(indexes[Failure])
        assert settled.damaged == settled.duplicates == 0


ORIGINAL = [
    msgspec.json.encode(Record(id=f"k-{n}", index=n, instruction=f"é {n}", response="r" * n))
    + b"\n"
    for n in range(9)
]


@st.composite
def damaged(draw):
    """A part to which something has happened, up to four times."""
    data = bytearray(b"".join(ORIGINAL))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(["cut", "flip", "delete", "insert", "zeros", "twice", "end"]))
        if kind == "cut":
            del data[at:]
        elif kind == "flip" and data:
            data[at % len(data)] ^= draw(st.integers(1, 255))
        elif kind == "delete":
            del data[at : at + draw(st.integers(1, 80))]
        elif kind == "insert":
            data[at:at] = draw(st.binary(max_size=60))
        elif kind == "zeros":
            data[at:at] = bytes(draw(st.integers(1, 300)))
        elif kind == "twice":
            data += data[at : at + 150]
        else:
            data += draw(
                st.sampled_from([b"\n", b"{}\n", b"null\n", b"[\n", b'{"index": -1}\n', b"\r\n"])
            )
    return bytes(data)


def is_record(line: bytes) -> bool:
    """Whether a line is a record with an index that can be; by Python's own parser."""
    try:
        # the parser passes over keys it does not know without looking at their bytes
        row = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict) and isinstance(row.get("index"), int) and 0 <= row["index"] < 2**63


@given(damaged())
@fuzzed(300)
def test_whatever_happens_to_a_part(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run")
        RunFolder.create(path, {"key": "k"}).close()
        part = path / "records" / "part-00000.jsonl"
        part.parent.mkdir()
        part.write_bytes(data)
        *lines, torn = data.split(b"\n")
        lines = [line for line in lines if line.strip()]
        whole = [line for line in lines if line + b"\n" in ORIGINAL]
        with RunFolder.open(path, write=False) as run:
            read = list(run.records())
            ids = [one.id for one in read]
            assert len(read) + run.damaged == len(lines), "a row is lost, or damage is not counted"
            for line in whole:
                assert msgspec.json.decode(line, type=Record) in read
            assert len(read) <= sum(map(is_record, lines))
            in_order = [one.index for one in run.records_in_order()]
            assert in_order == sorted({one.index for one in read})
        with RunFolder.open(path, write=True) as run:
            assert run.recovered == bool(torn)
            settled = run.settled()
            assert settled.largest == max((one.index for one in read), default=-1)
            free = next(k for k in range(100) if k not in settled)
            run.append(Record(id="new", index=free, instruction="i", response="r"))
        with RunFolder.open(path, write=False) as run:
            assert [one.id for one in run.records()] == [*ids, "new"]


@given(st.binary(max_size=120) | ANY_TEXT.map(lambda text: text.encode("utf-8", "replace")))
@fuzzed(150)
def test_other_files_of_a_run_may_hold_anything(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        for name in ("run.toml", "events.jsonl", ".magpie.holder.json"):
            (path / name).write_bytes(data)
        assert all("event" in one for one in read_events(path))
        read_holder(path)
        for write in (False, True):
            try:
                RunFolder.open(path, write=write).close()
            except MagpieError as error:
                assert str(path) in error.message  # noqa: PT017
            assert (path / "run.toml").read_bytes() == data
