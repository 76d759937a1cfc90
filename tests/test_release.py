"""Releases: the script that prepares one and checks a tag, and what the workflows promise."""

from __future__ import annotations

import importlib.util
import re
import shutil
import tomllib
from pathlib import Path

import pytest
import yaml

from magpie_core.scaffold.files import core_range

ROOT = Path(__file__).parents[1]
WORKFLOWS = ROOT / ".github" / "workflows"
YI = "magpie-adapter-yi"


def load_script():
    spec = importlib.util.spec_from_file_location("release", ROOT / ".github/release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


release = load_script()


@pytest.fixture
def root(tmp_path) -> Path:
    """A copy of what a release changes."""
    for folder in release.members().values():
        to = tmp_path / folder.relative_to(ROOT)
        package = release._package(folder)
        for path in (folder / "pyproject.toml", folder / "CHANGELOG.md", package):
            (to / path.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to / path.relative_to(folder))
    return tmp_path


def unreleased(root: Path, folder: str) -> None:
    path = root / folder / "CHANGELOG.md"
    first = re.search(r"^## .*", path.read_text(), re.MULTILINE)
    assert first
    path.write_text(
        path.read_text().replace(first[0], f"## Unreleased\n\n- Better.\n\n{first[0]}", 1)
    )


def version_of(root: Path, folder: str) -> str:
    return tomllib.loads((root / folder / "pyproject.toml").read_text())["project"]["version"]


@pytest.mark.parametrize("name", sorted(release.members()))
def test_every_distribution_can_be_released_as_it_stands(name, root):
    folder = release.members(root)[name]
    version = version_of(root, str(folder.relative_to(root)))
    said = release.prepare(name, version, root, today="2026-11-21")
    assert f"git tag -s {name}-v{version} -m '{name} {version}'" in said
    assert release.check(f"{name}-v{version}", root) == folder


def test_a_patch_touches_one_distribution(root):
    unreleased(root, "adapters/yi")
    said = release.prepare(YI, "0.1.1", root, today="2026-11-21")
    assert not [line for line in said if line.startswith("#")]
    assert version_of(root, "adapters/yi") == "0.1.1"
    assert "## 0.1.1 (2026-11-21)\n\n- Better." in (root / "adapters/yi/CHANGELOG.md").read_text()
    others = {
        version_of(root, str(one.relative_to(root))) for one in release.members(root).values()
    }
    assert others == {"0.1.0", "0.1.1"}
    assert release.check(f"{YI}-v0.1.1", root) == root / "adapters/yi"


def test_a_minor_of_the_core_raises_every_range_on_it(root):
    unreleased(root, ".")
    said = release.prepare("magpie-core", "0.2.0", root, today="2026-11-21")
    assert said[0].startswith("# then release those whose range on magpie-core is new: adapters/")
    end = core_range("0.2.0").partition(",")[2]
    for folder in release.members(root).values():
        if folder != root:
            text = (folder / "pyproject.toml").read_text()
            assert re.search(rf"magpie-core(\[\w+\])?>=0\.1,{end}", text), folder
    assert '__version__ = "0.2.0"' in (root / "magpie_core/__init__.py").read_text()
    assert release.check("magpie-core-v0.2.0", root) == root


@pytest.mark.parametrize(
    ("name", "version", "message"),
    [
        ("magpie-adapter-yo", "0.1.1", "no distribution `magpie-adapter-yo`"),
        (YI, "0.1", "`0.1` is not X.Y.Z"),
        (YI, "0.0.9", "is at 0.1.0 already"),
        (YI, "0.1.1", "no section `## Unreleased`"),
    ],
)
def test_what_is_not_prepared(name, version, message, root):
    with pytest.raises(release.Refused, match=re.escape(message)):
        release.prepare(name, version, root)
    assert version_of(root, "adapters/yi") == "0.1.0"


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("v0.1.0", "is not NAME-vX.Y.Z"),
        ("magpie-adapter-yo-v0.1.0", "no distribution"),
        (f"{YI}-v0.1.1", "the tag says 0.1.1, but"),
    ],
)
def test_a_tag_that_agrees_with_nothing_is_refused(tag, message, root):
    with pytest.raises(release.Refused, match=re.escape(message)):
        release.check(tag, root)


def test_a_tag_before_the_changelog_is_dated_is_refused(root):
    unreleased(root, "adapters/yi")
    with pytest.raises(release.Refused, match=r"CHANGELOG\.md"):
        release.check(f"{YI}-v0.1.0", root)


def workflow(name: str) -> dict:
    return yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text())


@pytest.mark.parametrize("name", sorted(path.stem for path in WORKFLOWS.glob("*.yml")))
def test_workflows_ask_for_little_and_keep_no_secret(name):
    text = (WORKFLOWS / f"{name}.yml").read_text()
    assert "secrets." not in text
    assert "password" not in text
    found = workflow(name)
    assert found["permissions"] == {"contents": "read"}
    for job, what in found["jobs"].items():
        assert job == "publish" or "permissions" not in what
        for step in what["steps"]:  # nobody's branch or tag name is put into a shell's text
            assert "${{ github." not in step.get("run", "")
            for target in re.findall(r"make ([\w-]+)", step.get("run", "")):
                known = (ROOT / "Makefile").read_text()
                known = known.replace("test-${{ matrix.engine }}:", "")
                assert re.search(rf"^{target.rstrip('-')}", known, re.MULTILINE), target


def test_every_python_that_is_promised_is_tested():
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    promised = [one.rpartition(" ")[2] for one in classifiers if re.search(r":: 3\.\d+$", one)]
    assert workflow("ci")["jobs"]["test"]["strategy"]["matrix"]["python"] == promised
    script = (ROOT / "tests/check_pythons.sh").read_text()
    assert f"${{PYTHONS:-{' '.join(promised)}}}" in script


def test_a_release_is_published_by_trust_and_only_after_its_checks():
    jobs = workflow("release")["jobs"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["needs"] == ["build", "lowest"]
    assert jobs["publish"]["environment"] == "pypi"
