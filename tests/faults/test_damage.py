"""Files that were cut, overwritten or replaced by something else: what is whole is used, the rest is named.

Every cut of a part and every history of crashes is in ``tests/run/test_parts.py``; arbitrary damage in ``tests/fuzz``.
"""

from __future__ import annotations

import gzip
import json
import os

import pytest

from magpie_core.run.folder import RunFolder

DAMAGE = {
    "torn in the middle": lambda data: data[: len(data) // 2 - 9] + data[len(data) // 2 :],
    "a line of binary": lambda data: data.replace(b"\n", b"\n" + bytes(range(11, 256)) + b"\n", 1),
    "NUL bytes in between": lambda data: data.replace(b"\n", b"\n" + b"\0" * 5000 + b"\n", 1),
    "torn at the end": lambda data: data[:-7],
    "no line at all": lambda data: os.urandom(3000).replace(b"\n", b""),
    "somebody's text": lambda data: b"Dear diary,\nnothing happened.\n" + data,
    "compressed": gzip.compress,
    "another kind of JSON": lambda data: b'[1, 2]\n{"id": 5}\n"x"\n' + data,
    "deep": lambda data: b"[" * 100_000 + b"\n" + data,
    "long numbers": lambda data: b'{"index": ' + b"9" * 9999 + b"}\n" + data,
}


@pytest.fixture(params=DAMAGE, ids=str)
def damaged(request, fake_run):
    part = fake_run / "records" / "part-00000.jsonl"
    part.write_bytes(DAMAGE[request.param](part.read_bytes()))
    return fake_run


def test_every_command_uses_what_is_whole_and_counts_the_rest(magpie, damaged, tmp_path):
    with RunFolder.open(damaged, write=False) as folder:
        left = len(list(folder.records()))
        lines = folder.damaged
    status = magpie("status", damaged, "--json")
    assert status.code == 0
    report = json.loads(status.out)
    assert (report["accepted"], report["damaged_lines"]) == (left, lines)
    for words in (
        ["show", damaged, "-n", "50"],
        ["select", damaged, "--where", "length(response) >= 0", "--as", "all"],
        ["export", damaged, "--to", "jsonl", "--out", tmp_path / "out.jsonl"],
    ):
        said = magpie(*words)
        assert said.code == (0 if left or words[0] == "show" else 2), said.err
        assert "Traceback" not in said.err
        assert said.err.count("damaged line passed over") == min(3, lines)
    said = magpie("resume", damaged, "-q")
    assert said.code == 0, said.err
    with RunFolder.open(damaged, write=False) as folder:
        settled = folder.settled()
    assert len(settled.accepted) >= 12
    assert settled.duplicates == 0


@pytest.mark.parametrize("name", ["events.jsonl", ".magpie.holder.json", ".magpie.lock"])
@pytest.mark.parametrize("data", [b"", b"\0\xff{", b'{"event": 5}\n[]\n', b"[" * 99_999], ids=len)
def test_files_beside_the_records_may_hold_anything(magpie, fake_run, name, data):
    (fake_run / name).write_bytes(data)
    for words in (["status", fake_run], ["show", fake_run], ["resume", fake_run, "-n", "14", "-q"]):
        said = magpie(*words)
        assert said.code == 0, said.err


@pytest.mark.parametrize("name", ["data.jsonl.gz", "data.jsonl", "data.json", "data.parquet"])
def test_a_compressed_file_is_said_to_be_none(magpie, fake_run, tmp_path, name):
    file, out = tmp_path / name, tmp_path / "imported"
    plain = (fake_run / "records" / "part-00000.jsonl").read_bytes()
    file.write_bytes(gzip.compress(plain))
    said = magpie("import", file, "-o", out)
    assert said.code == 2
    assert str(file) in said.err
    assert "hint" in said.err
    assert "Traceback" not in said.err
    assert not out.exists()
