"""The cache: what cannot be written, what is damaged, what is out of date, what was left behind."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from magpie_core import CheckpointError, Family
from magpie_core.plugins import Plugins
from magpie_tiny_families import cache
from magpie_tiny_families.cache import FILES, cache_folder, checkpoint_folder
from magpie_tiny_families.catalogue import MEMBERS

MEMBER = next(m for m in MEMBERS if m.family == "gemma2")


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that holds nothing."""
    monkeypatch.setenv("MAGPIE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def refused() -> CheckpointError:
    with pytest.raises(CheckpointError, match="`tiny-gemma2` cannot be built in") as caught:
        checkpoint_folder(MEMBER)
    assert "MAGPIE_CACHE=" in str(caught.value.hint)
    return caught.value


@pytest.mark.parametrize("place", ["/dev/null", "/proc/x"])
def test_a_cache_that_cannot_be_written(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAGPIE_CACHE", place)
    assert f"`{place}/magpie-tiny-families-" in refused().message


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may be longer than a megabyte, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handled = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, handled)


def test_a_full_disk(empty: Path, small_files: None) -> None:
    assert "too large" in refused().message
    [kept] = empty.iterdir()
    assert list(kept.iterdir()) == []


@pytest.mark.parametrize("name", FILES)
def test_a_folder_that_lacks_a_file_is_built_again(name: str, empty: Path) -> None:
    folder = checkpoint_folder(MEMBER)
    before = (folder / name).read_bytes()
    (folder / name).unlink()
    assert checkpoint_folder(MEMBER) == folder
    assert (folder / name).read_bytes() == before
    assert list(folder.parent.iterdir()) == [folder]


def test_a_file_in_place_of_the_folder_is_built_over(empty: Path) -> None:
    folder = checkpoint_folder(MEMBER)
    for name in FILES:
        (folder / name).unlink()
    folder.rmdir()
    folder.write_text("not a folder")
    assert checkpoint_folder(MEMBER) == folder
    assert {*FILES} == {path.name for path in folder.iterdir()}


def test_what_is_there_is_not_built_again(empty: Path) -> None:
    folder = checkpoint_folder(MEMBER)
    marks = {name: (folder / name).stat().st_mtime_ns for name in FILES}
    assert checkpoint_folder(MEMBER) == folder
    assert {name: (folder / name).stat().st_mtime_ns for name in FILES} == marks


def test_other_facts_of_the_family_make_another_folder(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, family = checkpoint_folder(MEMBER), Plugins.family

    def changed(plugins: Plugins, name: str) -> Family:
        return msgspec.structs.replace(family(plugins, name), turn_append="<end_of_turn>\n\n")

    monkeypatch.setattr(Plugins, "family", changed)
    after = checkpoint_folder(MEMBER)
    assert after != before
    assert "<end_of_turn>\\\\n\\\\n" in (after / "tokenizer_config.json").read_text()


@pytest.mark.parametrize("package", ["transformers", cache.DISTRIBUTION])
def test_another_version_makes_another_folder(
    package: str, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, version = checkpoint_folder(MEMBER), cache.version
    monkeypatch.setattr(cache, "version", lambda name: "99.0" if name == package else version(name))
    assert checkpoint_folder(MEMBER).name != before.name


def test_other_weights_make_another_folder(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stem = tmp_path / f"weights/{MEMBER.stem}.safetensors"
    stem.parent.mkdir()
    content = bytearray((cache.SOURCE / "weights" / stem.name).read_bytes())
    monkeypatch.setattr(cache, "SOURCE", tmp_path)
    folders = []
    for _ in range(2):
        stem.write_bytes(content)
        folders.append(checkpoint_folder(MEMBER))
        content[-1] ^= 1
    assert folders[0] != folders[1]


def test_what_killed_builds_left_is_removed(empty: Path) -> None:
    kept = checkpoint_folder(MEMBER).parent
    old, new = kept / ".tiny-qwq-old", kept / ".tiny-qwq-new"
    for path in (old, new):
        path.mkdir()
        (path / "model.safetensors").write_text("half")
    an_hour_ago = time.time() - cache.ABANDONED_SECONDS - 1
    os.utime(old, (an_hour_ago, an_hour_ago))
    checkpoint_folder(next(m for m in MEMBERS if m.family == "chatml"))
    assert not old.exists()
    assert new.exists(), "another process may be building it"


def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for said, meant in (("~/here", "home/here"), ("here", "here"), ("", "home/.cache/magpie")):
        monkeypatch.setenv("MAGPIE_CACHE", said)
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        assert cache_folder() == tmp_path / meant


def test_an_adapter_that_is_switched_off_is_asked_for(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAGPIE_DISABLE", "adapter-gemma")
    with pytest.raises(CheckpointError) as caught:
        checkpoint_folder(MEMBER)
    assert "`tiny-gemma2` needs `magpie-adapter-gemma`, which is not loaded" in caught.value.message
    assert "take adapter-gemma out of MAGPIE_DISABLE" in str(caught.value.hint)


def test_building_prints_nothing(empty: Path) -> None:
    code = "from magpie_tiny_families import magpie_register_models as m; print(m()[0].location())"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert said.stderr == ""
    assert Path(said.stdout.strip()).is_dir()
