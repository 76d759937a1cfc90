"""What was steered to a language is kept where it is in that language, or nobody can tell."""

from __future__ import annotations

import json

import pytest

from magpie_core import Draft
from magpie_core.testing import command
from magpie_core.testing.contracts.filter import FilterContract
from magpie_tagger_language import SteeredLanguageFilter
from magpie_tagger_language.steered import code_of

magpie, no_network = command.magpie, command.no_network
GERMAN = "Bitte erkläre mir, warum der Himmel am Abend rot wird."
ENGLISH = "Please explain to me why the sky turns red in the evening."


class TestSteeredLanguage(FilterContract):
    filter = SteeredLanguageFilter
    keeps = (GERMAN, "1 + 1?", "Hallo!", "print(x)")
    rejects = {ENGLISH: "other_language"}
    keeps_legitimate = (
        False  # it selects: most of those are English, and were steered to German here
    )

    def draft(self, text, stage):
        return Draft(index=0, instruction=text, columns={"control_language": "German"})


@pytest.mark.parametrize(
    ("name", "code"),
    [("German", "DE"), ("french", "FR"), ("Mexican Spanish", "ES"), ("Klingon", None), ("", None)],
)
def test_names_of_languages(name, code):
    assert code_of(name) == code


@pytest.mark.parametrize("columns", [{}, {"control_language": "Klingon"}, {"control_language": 3}])
def test_what_was_not_steered_is_kept(columns):
    filter = SteeredLanguageFilter()
    assert filter.reject(Draft(index=0, instruction=ENGLISH, columns=columns)) is None


def test_a_run_keeps_what_obeyed_in_the_shares_asked_for(magpie, tmp_path):
    texts = [f"{words} ({number})" for number in range(40) for words in (GERMAN, ENGLISH)]
    recipe = tmp_path / "r.toml"
    recipe.write_text(
        f"[run]\ncheckpoint = 'tiny'\nbackend = 'fake'\nn = 9\npilot = 0\n"
        f"[engine.options]\ntexts = {json.dumps(texts)}\n"
    )
    said = magpie("run", recipe, "--language", "German=2,English", "-o", tmp_path / "run", "-q")
    assert said.code == 0, said.err
    lines = (tmp_path / "run/records/part-00000.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(one) for one in lines]
    kept = sorted((row["extra"]["control_language"], row["instruction"][:6]) for row in rows)
    assert kept == [("English", "Please")] * 3 + [("German", "Bitte ")] * 6
