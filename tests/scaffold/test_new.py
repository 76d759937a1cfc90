"""``magpie new``: names it takes, what it refuses, where it writes, and that it writes all or nothing."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.errors import UsageError
from magpie_core.scaffold.files import KINDS, TEMPLATES, Wanted, core_range, rendered
from magpie_core.scaffold.names import NAME, names_of
from magpie_core.scaffold.place import write

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_writes_a_whole_distribution(kind, magpie, tmp_path):
    said = magpie("new", kind, "two-words", "--author", "Jo Doe", "--url", "https://example.org/x")
    assert said.code == 0, said.err
    folder = tmp_path / f"magpie-{kind}-two-words"
    package = f"magpie_{kind}_two_words"
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["name"] == folder.name
    assert project["entry-points"]["magpie"] == {f"{kind}-two-words": package}
    assert project["dependencies"] == [f"magpie-core{core_range()}"]
    assert project["license"] == "Apache-2.0"
    assert project["authors"] == [{"name": "Jo Doe"}]
    assert project["urls"]["Homepage"] == "https://example.org/x"
    assert "Typing :: Typed" in project["classifiers"]
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there == {
        ".gitignore",
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "pyproject.toml",
        f"src/{package}/__init__.py",
        f"src/{package}/py.typed",
        f"src/{package}/two_words.py",
        "tests/test_contract.py",
    }
    for path in folder.rglob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text())), path
    assert "next:" in said.out
    assert f"cd magpie-{kind}-two-words" in said.out


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_writes_keeps_the_style_of_this_house(kind, tmp_path):
    files = rendered(Wanted(names=names_of(kind, "two-words"), title="Two words"))
    write(files, tmp_path / "made")
    ruff = [sys.executable, "-m", "ruff"]
    settings = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    for command in (["check", *settings], ["format", "--check", *settings]):
        done = subprocess.run(
            [*ruff, *command, "."], cwd=tmp_path / "made", capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_written_over(magpie, tmp_path):
    (tmp_path / "magpie-filter-mine").mkdir()
    said = magpie("new", "filter", "mine")
    assert said.code == 2
    assert "is there already" in said.err
    assert list((tmp_path / "magpie-filter-mine").iterdir()) == []
    assert magpie("new", "filter", "mine", "--into", "other").code == 0
    assert (tmp_path / "other/magpie-filter-mine/pyproject.toml").exists()


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(TypeError):
        write({"a": "text", "b": None}, tmp_path / "made")  # type: ignore[dict-item]
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_writes_nothing(magpie, tmp_path):
    said = magpie("new", "tagger", "mine", "--dry-run")
    assert said.code == 0
    assert "would write magpie-tagger-mine/" in said.out
    assert "src/magpie_tagger_mine/mine.py" in said.out
    assert list(tmp_path.iterdir()) == []


def test_json_is_one_object(magpie):
    said = magpie("new", "backend", "mine", "--json")
    found = json.loads(said.out)
    assert found["folder"] == "magpie-backend-mine"
    assert found["written"] is True
    assert "pyproject.toml" in found["files"]
    assert found["next"][0] == "cd magpie-backend-mine"


def test_in_this_repository_each_kind_has_its_place(magpie, tmp_path):
    (tmp_path / "adapters").mkdir()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "magpie-core"\n')
    for kind, place in (("adapter", "adapters/two_words"), ("tagger", "plugins/tagger_two_words")):
        assert magpie("new", kind, "two-words").code == 0
        project = tomllib.loads((tmp_path / place / "pyproject.toml").read_text())["project"]
        assert project["authors"] == [{"name": "The Magpie developers"}]
        assert not (tmp_path / place / ".gitignore").exists()


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("adaptor", "parrot"), "unknown kind of plugin `adaptor`", "magpie new adapter parrot"),
        (("adapter", "Parrot_2.5"), "`Parrot_2.5`", "magpie new adapter parrot-2-5"),
        (("filter", "class"), "`class`", "magpie new filter my-class"),
        (("filter", "Café"), "`Café`", "magpie new filter cafe"),
        (("filter", "3d"), "`3d`", "magpie new filter my-3d"),
        (("filter", "a" * 300), "at most 60 characters", "magpie new filter " + "a" * 60),
        (("filter", "漢"), "`漢`", "magpie new filter my-filter"),
        (("adapter", "gemma"), "a `magpie-adapter-gemma` already", "magpie new adapter my-gemma"),
        (("adapter", "gemma2"), "family `gemma2` already", "magpie new adapter my-gemma2"),
        (("filter", "length"), "filter `length` already", "magpie new filter my-length"),
        (("filter", "mine", "--from", "tiny"), "--from reads", "magpie new filter mine"),
        (("filter", "mine", "--title", 'a"b'), "--title", "plain words"),
        (("filter", "mine", "--author", ""), "--author", "plain words"),
        (("adapter", "mine", "--from", "/no/such/folder"), "/no/such/folder", None),
    ],
)
def test_what_it_refuses(arguments, message, hint, magpie, tmp_path):
    said = magpie("new", *arguments)
    assert said.code in (2, 4)
    assert message in said.err
    assert hint is None or hint in said.err
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=80))
def test_every_name_it_suggests_is_one_it_takes(text):
    try:
        names = names_of("filter", text)
    except UsageError as error:
        suggested = (error.hint or "").split()[-1]
        assert names_of("filter", suggested).name == suggested
    else:
        assert NAME.fullmatch(names.name)
        assert names.camel.isidentifier()
        assert names.constant.isidentifier()


@pytest.mark.parametrize(
    ("version", "promised"),
    [("0.1.0", ">=0.1,<0.2"), ("0.12.3", ">=0.12,<0.13"), ("1.4.2", ">=1.4,<2")],
)
def test_the_range_ends_where_contracts_may_change(version, promised):
    assert core_range(version) == promised


def test_the_licence_is_this_repositorys():
    assert (TEMPLATES / "every/LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_name_goes_with_as_family(magpie):
    said = magpie("probe", "tiny", "--name", "parrot")
    assert said.code == 2
    assert "--as-family --name parrot" in said.err
