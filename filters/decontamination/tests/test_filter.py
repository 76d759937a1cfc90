"""The filter keeps its contract, reads its files when it is made, and notices when they change."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from magpie_core import Draft, UsageError
from magpie_core.judges import make_judges
from magpie_core.plugins import load_plugins
from magpie_core.run.recipe import Recipe
from magpie_core.testing.contracts.filter import FilterContract
from magpie_filter_decontamination import DecontaminationFilter

BENCHMARK = Path(__file__).parent / "benchmark.jsonl"


class TestDecontamination(FilterContract):
    filter = DecontaminationFilter
    options = required = {"files": [str(BENCHMARK)]}
    keeps = [
        "How many ribbons does a farmer need for a fence of two hundred posts?",
        "ties nine ribbons to every third fence post along a road of",
        "Name the quiet river, and say where it rises.",
        "",
    ]
    rejects = {
        "A farmer ties nine ribbons to every third fence post along a road of two hundred and forty posts.": "contaminated",
        "Solve this: TIES NINE RIBBONS, TO EVERY THIRD FENCE-POST\nALONG A ROAD OF TWO … and so on": "contaminated",
        "Tell me, please: which glazier repaired the seven lanterns of Ostrava before winter?": "contaminated",
        "name the quiet river": "contaminated",
    }


def test_is_off_unless_asked_for() -> None:
    assert DecontaminationFilter.default is False


def judges(**filters: dict[str, object]) -> list[str]:
    """Names of the filters that a recipe with these sections puts in force."""
    made = make_judges(msgspec.convert({"filters": filters}, Recipe), None, load_plugins())
    return [one.name for one in made.filters]


def test_installed_and_not_asked_for_it_is_silent() -> None:
    assert "decontamination" not in judges()
    assert "decontamination" not in judges(decontamination={"enabled": False})
    assert "decontamination" in judges(decontamination={"files": [str(BENCHMARK)]})


@pytest.mark.parametrize("options", [{}, {"enabled": True}, {"files": []}, {"words": 8}])
def test_asked_for_without_a_file_it_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="no benchmark to compare with") as caught:
        judges(decontamination=options)
    assert caught.value.hint == 'in a recipe: [filters.decontamination] files = ["gsm8k.jsonl"]'


def test_a_missing_file_is_found_when_the_filter_is_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        msgspec.convert({"files": [str(tmp_path / "gone.jsonl")]}, DecontaminationFilter)


def test_a_file_without_words_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("\n?!\n")
    with pytest.raises(UsageError, match="no item with a word"):
        DecontaminationFilter(files=(str(tmp_path / "b.txt"),))


def test_an_n_gram_of_one_word_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"words": 1}, DecontaminationFilter)


def test_a_run_resumes_from_another_folder_with_the_same_file_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b.txt").write_text("Who wrote Emma?\n")
    monkeypatch.chdir(tmp_path)
    stored = msgspec.to_builtins(DecontaminationFilter(files=("b.txt",)))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    again = msgspec.convert(stored, DecontaminationFilter)
    assert again.reject(Draft(index=0, instruction="who wrote emma")) == "contaminated"
    assert msgspec.to_builtins(again) == stored
    (tmp_path / "b.txt").write_text("Who wrote Persuasion?\n")
    with pytest.raises(UsageError, match="has changed"):
        msgspec.convert(stored, DecontaminationFilter)
