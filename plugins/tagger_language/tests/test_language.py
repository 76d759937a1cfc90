"""The language of instructions: labels as lingua gives them one by one, hard texts said to be so."""

import asyncio

import msgspec
import pytest
from lingua import LanguageDetectorBuilder

from magpie_core import Record
from magpie_core.errors import SettingsError
from magpie_core.plugins import load_plugins
from magpie_core.tagging.schemas import checker
from magpie_core.testing.texts import LEGITIMATE_INSTRUCTIONS
from magpie_tagger_language import LanguageTagger
from magpie_tagger_language.tagger import LONGEST

AMONG = ["EN", "DE", "FR", "ES", "ZH", "RU"]
"""Few languages load in a moment, 75 take ten seconds and a gigabyte."""
ODD = (
    "",
    " ",
    "123",
    "?!",
    "😀",
    "\x00",
    "ok",
    "C++",
    "2+2=?",
    "数学",
    "\ud800 lone surrogate here",
)


def tag(texts, **options):
    records = [
        Record(id=str(k), index=k, instruction=text, response="Das hier ist eine deutsche Antwort.")
        for k, text in enumerate(texts)
    ]
    tagger = msgspec.convert({"among": AMONG} | options, LanguageTagger)
    columns = asyncio.run(tagger.tag(records, None))
    wrong = checker(LanguageTagger.schema)
    assert [wrong(one) for one in columns] == [None] * len(texts)
    return columns


@pytest.fixture(scope="module")
def alone():
    """lingua, one text at a time."""
    detector = LanguageDetectorBuilder.from_iso_codes_639_1(*_codes()).build()

    def label(text):
        found = detector.detect_language_of(text)
        return found and found.iso_code_639_1.name

    return label


def _codes():
    from lingua import IsoCode639_1

    return [IsoCode639_1.from_str(code) for code in AMONG]


def test_it_is_installed_as_a_tagger():
    assert load_plugins().taggers()["language"] is LanguageTagger


def test_labels_are_those_of_one_text_at_a_time(alone):
    texts = [
        *LEGITIMATE_INSTRUCTIONS,
        *(one for one in ODD if one.isprintable()),
        "a b",
        "la",
        "no",
    ]
    assert [one["language"] for one in tag(texts)] == [alone(text) for text in texts]


def test_the_batch_decides_nothing():
    together = tag(LEGITIMATE_INSTRUCTIONS)
    assert [tag([text])[0] for text in LEGITIMATE_INSTRUCTIONS] == together


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the capital of Australia, and why is it not Sydney?", "EN"),
        ("Schreibe ein kurzes Gedicht über den Winter in den Alpen.", "DE"),
        ("如何学习一门新的语言？", "ZH"),
        ("Напиши короткое стихотворение о зиме и о первом снеге.", "RU"),
    ],
)
def test_plain_texts_have_a_language_and_no_note(text, language):
    (one,) = tag([text])
    assert (one["language"], one["languages"], one["language_note"]) == (language, None, None)
    assert one["language_confidence"] > 0.7


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        (
            "Translate this to Chinese and explain the grammar: 你好，世界，今天天气真好，我们去公园吧",
            ["EN", "ZH"],
        ),
        (
            "Explain the meaning of this French sentence: Je ne sais pas ce que je dois faire "
            "aujourd'hui pour être heureux.",
            ["EN", "FR"],
        ),
        (
            "Bitte übersetze den folgenden Satz ins Englische: The quick brown fox jumps over the "
            "lazy dog near the river.",
            ["DE", "EN"],
        ),
    ],
)
def test_mixed_texts_name_their_languages(text, languages):
    (one,) = tag([text])
    assert (one["languages"], one["language_note"]) == (languages, "mixed")
    (one,) = tag([text], mixed=False)
    assert (one["languages"], one["language_note"]) == (None, None)


def test_texts_of_one_language_are_not_called_mixed():
    mixed = [
        t
        for t, one in zip(LEGITIMATE_INSTRUCTIONS, tag(LEGITIMATE_INSTRUCTIONS), strict=True)
        if one["languages"]
    ]
    assert mixed == []


@pytest.mark.parametrize("text", ["ok", "C++", "Ja", "la", "2 a"])
def test_short_texts_are_said_to_be_short(text):
    (one,) = tag([text])
    assert one["language_note"] in ("short", "no words")


@pytest.mark.parametrize("text", ["", " ", "123", "😀", "2+2=?"])
def test_texts_without_words_have_no_language(text):
    (one,) = tag([text])
    assert (one["language"], one["language_confidence"], one["language_note"]) == (
        None,
        0,
        "no words",
    )


def test_any_text_is_answered():
    assert len(tag(ODD)) == len(ODD)


def test_of_a_long_text_the_beginning_decides():
    """Five megabytes took more than a minute."""
    english, german = (
        "This is a sentence about the weather. ",
        "Dies ist ein Satz über das Wetter. ",
    )
    [found] = tag([english * (LONGEST // len(english) + 1) + german * 100_000])
    assert (found["language"], found["languages"]) == ("EN", None)


def test_the_response_does_not_matter():
    assert tag(["What does this sentence say about the weather?"])[0]["language"] == "EN"


def test_low_accuracy_is_another_detector():
    text = "Schreibe ein kurzes Gedicht über den Winter in den Alpen."
    assert tag([text], low_accuracy=True)[0]["language"] == "DE"
    assert tag([text], low_accuracy=True) != tag([text])


@pytest.mark.parametrize(
    ("among", "said"), [(["EN", "XX"], "no language `XX`"), (["en", "EN"], "only `EN`")]
)
def test_languages_that_cannot_be_chosen_among_are_said(among, said):
    with pytest.raises(SettingsError, match=said):
        tag(["x"], among=among)


def test_unknown_codes_are_said_before_anything_is_tagged():
    with pytest.raises(SettingsError, match="XX"):
        msgspec.convert({"among": ["EN", "XX"]}, LanguageTagger)


def test_case_and_order_of_the_codes_are_no_other_settings():
    one, other = (LanguageTagger(among=codes) for codes in (["zh", "en"], ["EN", "ZH"]))
    assert msgspec.to_builtins(one) == msgspec.to_builtins(other)
