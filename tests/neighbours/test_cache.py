"""Embeddings on disk: never another model's, never of another text, never half a part."""

from __future__ import annotations

import resource
import signal

import numpy as np
import pytest

from magpie_core import MagpieError, StorageError
from magpie_core.neighbours import cache
from magpie_core.neighbours.cache import Cache, digests


def embed(texts):
    """Vectors that say which text they are of."""
    return np.array([[len(text), sum(map(ord, text))] for text in texts], np.float32)


def filled(folder, texts, embedding=embed):
    opened = Cache(folder, "model-a")
    opened.fill(texts, digests(texts), embedding)
    return opened


def read(opened, texts):
    out = np.zeros((len(texts), opened.dimension), np.float32)
    opened.read(digests(texts), out)
    return out


def test_vectors_come_back_in_the_order_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "PART", 3)
    texts = ["one", "twenty", "x", "one", "three", "", "one", "ünï", "\ud800"]
    opened = filled(tmp_path / "e", texts)
    assert np.array_equal(read(opened, texts), embed(texts))
    assert np.array_equal(read(opened, texts[::-1]), embed(texts[::-1]))


def test_equal_texts_are_embedded_once_and_known_ones_never_again(tmp_path):
    asked = []
    texts = ["a", "b", "a", "cc"]
    filled(tmp_path / "e", texts, lambda some: asked.extend(some) or embed(some))
    assert sorted(asked) == ["a", "b", "cc"]
    filled(tmp_path / "e", [*texts, "new"], lambda some: asked.extend(some) or embed(some))
    assert asked[3:] == ["new"]


def test_a_changed_text_gets_a_vector_of_its_own(tmp_path):
    filled(tmp_path / "e", ["before"])
    opened = filled(tmp_path / "e", ["after it was edited"])
    assert np.array_equal(read(opened, ["after it was edited"]), embed(["after it was edited"]))


def test_what_was_embedded_before_a_crash_is_not_embedded_again(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "PART", 2)
    texts = ["aaaaa", "bbbb", "ccc", "dd", "e"]
    calls = []

    def dies(some):
        calls.append(list(some))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return embed(some)

    with pytest.raises(KeyboardInterrupt):
        filled(tmp_path / "e", texts, dies)
    opened = filled(tmp_path / "e", texts, lambda some: calls.append(list(some)) or embed(some))
    assert calls[0] == ["aaaaa", "bbbb"]
    assert [one for some in calls[2:] for one in some] == ["ccc", "dd", "e"]
    assert np.array_equal(read(opened, texts), embed(texts))


def test_a_part_killed_between_its_two_files_is_made_again(tmp_path):
    opened = filled(tmp_path / "e", ["a", "b"])
    (tmp_path / "e/part-00000.npy").unlink()
    assert len(opened.missing(digests(["a", "b"]))) == 2
    assert np.array_equal(read(filled(tmp_path / "e", ["a", "b"]), ["a", "b"]), embed(["a", "b"]))


def test_another_models_vectors_are_refused_by_name(tmp_path):
    filled(tmp_path / "e", ["a"])
    with pytest.raises(MagpieError) as refused:
        Cache(tmp_path / "e", "model-b")
    assert "model-a" in refused.value.message
    assert "model-b" in refused.value.message
    assert "rm -r" in refused.value.hint


@pytest.mark.parametrize("file", ["part-00000.npy", "part-00000.texts.npy", "embeddings.toml"])
def test_a_damaged_file_is_named(tmp_path, file):
    filled(tmp_path / "e", ["a", "b"])
    (tmp_path / "e" / file).write_bytes(b"\x00nonsense")
    with pytest.raises(MagpieError, match=file.replace(".texts", "")):
        Cache(tmp_path / "e", "model-a").missing(digests(["a"]))


def test_a_full_disk_is_an_error_with_a_hint_and_leaves_no_part(tmp_path):
    texts = [f"text {number}" for number in range(40_000)]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, before[1]))
    try:
        with pytest.raises(StorageError, match="file too large"):
            filled(tmp_path / "e", texts)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert not list((tmp_path / "e").glob("*.npy"))
    assert np.array_equal(read(filled(tmp_path / "e", texts), texts[:9]), embed(texts[:9]))


def test_several_write_parts_of_their_own(tmp_path):
    folder, texts = tmp_path / "e", ["one", "twenty", "three", "x"]
    for name, some in (("w000", texts[:2]), ("w003", texts[2:3]), ("w000", texts[3:])):
        Cache(folder, "model-a", writer=name).append(some, embed)
    names = sorted(path.name for path in folder.glob("part-*[0-9].npy"))
    assert names == ["part-w000-00000.npy", "part-w000-00001.npy", "part-w003-00000.npy"]
    opened = Cache(folder, "model-a")
    assert not len(opened.missing(digests(texts)))
    assert np.array_equal(read(opened, texts[::-1]), embed(texts[::-1]))
    opened.fill(["more"], digests(["more"]), embed)
    assert (folder / "part-00000.npy").exists()
    with pytest.raises(MagpieError, match="another model"):
        Cache(folder, "model-b", writer="w001")
