"""Parts: nothing complete is lost, nothing is there twice, every damaged line is counted."""

import errno
import os
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magpie_core.errors import PluginError, StorageError
from magpie_core.run import parts
from magpie_core.run.parts import PartWriter, Recovery, read_parts, recover


class Line(msgspec.Struct, frozen=True):
    number: int
    text: str = ""


def read(folder, damage=None):
    return list(
        read_parts(folder, Line, None if damage is None else (lambda *one: damage.append(one)))
    )


def write(folder, lines, **options):
    writer = PartWriter(folder, **options)
    for line in lines:
        writer.append(line)
    writer.close()


def part(folder, number=0):
    return folder / f"part-{number:05d}.jsonl"


def test_a_line_is_there_as_soon_as_append_returns(tmp_path):
    writer = PartWriter(tmp_path / "records")
    for number in range(3):
        writer.append(Line(number))
        assert read(tmp_path / "records")[-1] == Line(number)
    writer.close()
    writer.close()


def test_one_line_is_one_write(tmp_path, monkeypatch):
    writer, writes, real = PartWriter(tmp_path), [], os.write
    monkeypatch.setattr(os, "write", lambda fd, data: writes.append(bytes(data)) or real(fd, data))
    writer.append(Line(1, "a\nb"))
    assert writes == [b'{"number":1,"text":"a\\nb"}\n']
    writer.close()


def test_a_folder_without_parts_is_empty(tmp_path):
    assert read(tmp_path) == read(tmp_path / "missing") == []
    assert recover(tmp_path) == recover(tmp_path / "missing") == Recovery()


def test_parts_roll_and_the_last_one_is_gone_on_with(tmp_path):
    lines = [Line(number, "x" * 30) for number in range(10)]
    for line in lines:
        write(tmp_path, [line], roll_bytes=150)
    sizes = [path.stat().st_size for path in sorted(tmp_path.iterdir())]
    assert len(sizes) == 5
    assert all(size <= 150 for size in sizes)
    assert read(tmp_path) == lines


def test_a_line_larger_than_a_part_has_one_for_itself(tmp_path):
    lines = [Line(0), Line(1, "x" * 500), Line(2)]
    write(tmp_path, lines, roll_bytes=100)
    assert len(list(tmp_path.iterdir())) == 3
    assert read(tmp_path) == lines


CHANGES = st.one_of(
    st.tuples(st.just("append"), st.text(max_size=20)),
    st.tuples(st.just("cut"), st.integers(1, 120)),
    st.tuples(st.just("zeros"), st.integers(1, 60)),
    st.tuples(
        st.just("damage"), st.sampled_from([b"\xff\n", b"{}\n", b"[" * 5000 + b"\n", b"\0\n"])
    ),
    st.tuples(st.just("blank"), st.sampled_from([b"\n", b" \r\n"])),
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CHANGES, max_size=25), st.sampled_from([80, 10_000]), st.sampled_from([3, 65536]))
def test_any_history_of_appends_and_crashes(changes, roll_bytes, block):
    """The bytes on disk, split by hand, are the model; each change happens between two processes."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "_BLOCK", block)
        patch.setattr(os, "fsync", lambda descriptor: None)  # thousands of them say nothing here
        folder = Path(name)
        expected: dict[Path, list] = {}  # what each part must hold; None is a damaged line
        for number, (change, value) in enumerate(changes):
            last = max(folder.iterdir(), default=part(folder))
            if change == "append":
                damage = []
                before = read(folder, damage)
                write(folder, [Line(number, value)], roll_bytes=roll_bytes)
                assert read(folder) == [*before, Line(number, value)]
                expected.setdefault(max(folder.iterdir()), []).append(Line(number, value))
            elif change == "cut":
                data = last.read_bytes() if last.exists() else b""
                keep = data[: max(0, len(data) - value)]
                if last.exists():
                    last.write_bytes(keep)
                kept = expected.get(last, [])
                # A line whose newline is gone is gone; a blank line is no line.
                whole = [line for line in keep.split(b"\n")[:-1] if line.strip()]
                expected[last] = kept[: len(whole)]
            elif change == "zeros":
                with last.open("ab") as file:
                    file.write(b"\0" * value)
                expected.setdefault(last, [])
            else:
                recover(folder)
                with last.open("ab") as file:
                    file.write(value)
                if change == "damage":
                    expected.setdefault(last, []).append(None)
            recover(folder)
        flat = [line for path in sorted(expected) for line in expected[path]]
        damage = []
        assert read(folder, damage) == [line for line in flat if line is not None]
        assert len(damage) == flat.count(None)
        assert recover(folder) == Recovery()


def test_every_cut_of_a_file_keeps_its_complete_lines(tmp_path, monkeypatch):
    lines = [Line(number, "é\n" * number) for number in range(4)]
    write(tmp_path, lines)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    data = part(tmp_path).read_bytes()
    for size in range(len(data) + 1):
        part(tmp_path).write_bytes(data[:size])
        complete = data[:size].count(b"\n")
        damage = []
        assert read(tmp_path, damage) == lines[:complete]
        assert damage == []
        torn = size - (data[:size].rfind(b"\n") + 1)
        assert recover(tmp_path) == Recovery(torn=int(torn > 0), bytes=torn)
        write(tmp_path, [Line(99)])
        assert read(tmp_path, damage) == [*lines[:complete], Line(99)]
        assert damage == []


def test_damage_is_named_by_file_line_and_reason(tmp_path):
    write(tmp_path, [Line(0)])
    with part(tmp_path).open("ab") as file:
        file.write(b'\n{"number":"one"}\n')
    write(tmp_path, [Line(2)])
    damage = []
    assert read(tmp_path, damage) == [Line(0), Line(2)]
    assert [(path, number) for path, number, _ in damage] == [(part(tmp_path), 3)]
    assert "number" in damage[0][2]


def test_a_cut_off_part_that_is_not_the_last_is_damage(tmp_path):
    write(tmp_path, [Line(0), Line(1)], roll_bytes=1)
    os.truncate(part(tmp_path, 0), 5)
    damage = []
    assert read(tmp_path, damage) == [Line(1)]
    assert [number for _, number, _ in damage] == [1]


def test_parts_of_other_machines_are_read_too(tmp_path):
    write(tmp_path, [Line(0)])
    (tmp_path / "part-host2-00000.jsonl").write_bytes(b'{"number":7}\n{"num')
    (tmp_path / "part-host2x-00000.jsonl").write_bytes(b'{"number":8}\n')
    damage = []
    assert read(tmp_path, damage) == [Line(0), Line(7), Line(8)]
    assert damage == [], "each writer's last line may still be on its way"
    write(tmp_path, [Line(1)])
    assert read(tmp_path) == [Line(0), Line(1), Line(7), Line(8)]


def test_only_parts_are_read(tmp_path):
    write(tmp_path, [Line(0)])
    for name in ("export.jsonl", "part-00000.jsonl.bak", "old-part-00000.jsonl", "part-.jsonl"):
        (tmp_path / name).write_bytes(b'{"number":7}\n')
    (tmp_path / "part-00001.jsonl").mkdir()
    os.mkfifo(tmp_path / "part-00002.jsonl")
    assert read(tmp_path) == [Line(0)]


def test_parts_come_by_number_and_not_by_name(tmp_path):
    part(tmp_path, 99_999).write_bytes(b'{"number":0}\n{"num')
    part(tmp_path, 100_000).write_bytes(b'{"number":1}\n')
    damage = []
    assert read(tmp_path, damage) == [Line(0), Line(1)]
    assert [path for path, _, _ in damage] == [part(tmp_path, 99_999)]
    write(tmp_path, [Line(2)])
    assert read(tmp_path) == [Line(0), Line(1), Line(2)]


def test_a_part_that_was_moved_away_is_said(tmp_path):
    write(tmp_path, [Line(0)])
    part(tmp_path, 1).symlink_to(tmp_path / "gone")
    with pytest.raises(StorageError, match="no such file"):
        read(tmp_path)


def test_columns_json_cannot_hold_leave_no_trace(tmp_path):
    writer = PartWriter(tmp_path)
    writer.append(Line(0))
    with pytest.raises(PluginError):
        writer.append(Line(1, object()))
    writer.append(Line(2))
    writer.close()
    assert read(tmp_path) == [Line(0), Line(2)]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("cut_fails", [False, True])
def test_a_full_disk_leaves_whole_lines_and_can_be_gone_on_with(
    tmp_path, monkeypatch, number, cut_fails
):
    real_write, real_cut = os.write, os.ftruncate
    writer = PartWriter(tmp_path)
    writer.append(Line(0))

    def half(descriptor, data):
        if len(data) < 10:
            raise OSError(number, os.strerror(number))
        return real_write(descriptor, bytes(data)[:-5])

    def refuse(descriptor, size):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "write", half)
    if cut_fails:
        monkeypatch.setattr(os, "ftruncate", refuse)
    for _ in range(2):
        with pytest.raises(StorageError) as caught:
            writer.append(Line(1))
    assert f"`{tmp_path}`" in caught.value.message
    assert read(tmp_path) == [Line(0)]
    if not cut_fails:
        assert part(tmp_path).read_bytes().endswith(b"\n")
    monkeypatch.setattr(os, "write", real_write)
    monkeypatch.setattr(os, "ftruncate", real_cut)
    writer.append(Line(2))
    writer.close()
    damage = []
    assert read(tmp_path, damage) == [Line(0), Line(2)]
    assert damage == []


def test_an_interrupt_within_a_write_leaves_whole_lines(tmp_path, monkeypatch):
    writer, real = PartWriter(tmp_path), os.write

    def interrupted(descriptor, data):
        real(descriptor, data)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        writer.append(Line(0))
    monkeypatch.undo()
    writer.append(Line(1))
    writer.close()
    assert read(tmp_path) == [Line(1)]


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch, number):
    """Root may write anywhere, so the refusal is played."""
    real = os.open

    def refuse(path, flags, *args, **kwargs):
        if flags & os.O_CREAT:
            raise OSError(number, os.strerror(number))
        return real(path, flags, *args, **kwargs)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StorageError) as caught:
        PartWriter(tmp_path).append(Line(0))
    assert caught.value.hint


def test_syncs_follow_the_clock_the_roll_and_the_close(tmp_path, monkeypatch):
    now, syncs, real = [100.0], [], os.fsync

    def fsync(descriptor):
        if not os.path.isdir(f"/proc/self/fd/{descriptor}"):
            syncs.append(now[0])
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(parts.time, "monotonic", lambda: now[0])
    writer = PartWriter(tmp_path, sync_seconds=5, roll_bytes=80)
    for now[0] in (100.0, 104.0, 105.0, 109.0, 111.0):
        writer.append(Line(0))
    assert syncs == [105.0, 109.0]  # five seconds after the opening; the roll, which starts anew
    writer.close()
    assert syncs == [105.0, 109.0, 111.0]


def test_a_part_that_somebody_deletes_is_noticed(tmp_path):
    writer = PartWriter(tmp_path, sync_seconds=0)
    writer.append(Line(0))
    part(tmp_path).unlink()
    for act in (lambda: writer.append(Line(1)), writer.close):
        with pytest.raises(StorageError, match="was deleted"):
            act()


def test_reading_while_another_writes_sees_whole_lines(tmp_path):
    write(tmp_path, [Line(0), Line(1)])
    reading = read_parts(tmp_path, Line)
    assert next(reading) == Line(0)
    with part(tmp_path).open("ab") as file:
        file.write(b'{"number":2')
    assert list(reading) == [Line(1)]
    assert read(tmp_path) == [Line(0), Line(1)]


def test_a_part_that_cannot_be_read_is_said(tmp_path, monkeypatch):
    write(tmp_path, [Line(0)])

    def refuse(*args, **kwargs):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StorageError, match="cannot read"):
        read(tmp_path)
