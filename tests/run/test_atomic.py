"""A file is whole or as it was before."""

import errno
import os

import pytest

from magpie_core.errors import StorageError
from magpie_core.run.atomic import make_folder, replacing, storage_errors, write_atomic


def test_it_writes_and_replaces(tmp_path):
    path = tmp_path / "file"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_the_mode_is_what_the_umask_says(tmp_path):
    mask = os.umask(0o022)
    try:
        write_atomic(tmp_path / "file", b"")
    finally:
        os.umask(mask)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_a_refusal_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, call):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def refuse(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    if call == "fsync":
        monkeypatch.setattr(os, "fsync", refuse)
    else:
        monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(StorageError, match=f"cannot write to `{path}`: no space left"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupt_leaves_nothing(tmp_path):
    def interrupted():
        with replacing(tmp_path / "file.json") as temporary:
            temporary.write_bytes(b"half")
            assert temporary.suffix == ".json"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "EFBIG"])
def test_what_disks_refuse_has_a_way_out(number):
    with pytest.raises(StorageError) as caught:
        with storage_errors("some/path"):
            raise OSError(getattr(errno, number), "whatever")
    assert "`some/path`" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("below", ["", "below", "further/below"])
def test_a_file_where_a_folder_should_be_is_named_with_a_way_out(tmp_path, below):
    (tmp_path / "a file").write_text("mine")
    with pytest.raises(StorageError, match=r"`.*a file` is a file") as caught:
        make_folder(tmp_path / "a file" / below)
    assert caught.value.hint == f"move it away: mv '{tmp_path}/a file' '{tmp_path}/a file.old'"
    assert (tmp_path / "a file").read_text() == "mine"


def test_surprises_keep_their_traceback():
    with pytest.raises(BlockingIOError):
        with storage_errors("some/path"):
            raise BlockingIOError(errno.EAGAIN, "whatever")


def test_what_is_missing_is_named_with_a_way_out(tmp_path):
    with pytest.raises(StorageError, match="no such file or directory") as caught:
        write_atomic(tmp_path / "my folder" / "file", b"")
    assert caught.value.hint == f"mkdir -p '{tmp_path / 'my folder'}'"


def test_a_folder_that_cannot_be_synced_is_let_off(tmp_path, monkeypatch):
    real = os.fsync

    def fsync(descriptor):
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):
            raise OSError(errno.EINVAL, "Invalid argument")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    write_atomic(tmp_path / "file", b"data")
    assert (tmp_path / "file").read_bytes() == b"data"
