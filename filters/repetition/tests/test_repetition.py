"""The filter keeps its contract, finds loops and leaves patterns alone."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core import Draft
from magpie_core.testing.contracts.filter import FilterContract
from magpie_filter_repetition import RepetitionFilter

SENTENCE = "I am happy to help you with that. "
CHORUS = "Oh the river runs\nTo the quiet sea\nOh the river runs\nBack again to me\n"
VERSES = [
    "Morning breaks on silver hills\nFarmers wake the lazy mills\nChildren chase the passing train\n",
    "Noon is hot and dogs lie still\nShadows shorten on the sill\nSomeone hums an old refrain\n",
    "Evening lights the window panes\nSwallows gather on the cranes\nClouds are promising us rain\n",
    "Midnight writes its final page\nStars are actors on a stage\nNothing lost and much to gain\n",
]
CELLS = "\n".join(f"| row {row} | yes | no | yes |" for row in range(30))
LINKS = "\n".join(f'  <li><a href="/page/{page}">Page {page}</a></li>' for page in range(40))
BRACES = "{\n  if (a) {\n    if (b) {\n      return None\n    }\n  }\n}\n"
CONSTRUCTORS = "\n".join(
    f"class Shape{number}:\n    def __init__(self):\n        self.sides = {number}\n"
    for number in range(12)
)
PROSE = (
    "The harbour wakes before the town does. Gulls quarrel over scraps while two old men mend a net "
    "and argue about the price of diesel. By eight the ferry has left, carrying commuters, crates of "
    "lettuce and one reluctant goat, and the quay belongs to tourists until the evening tide returns."
)


class TestRepetition(FilterContract):
    filter = RepetitionFilter
    seconds_per_megabyte = 1.0
    keeps = [
        PROSE,
        "".join(verse + CHORUS for verse in VERSES),
        CELLS,
        LINKS,
        BRACES,
        CONSTRUCTORS,
        "\n".join(
            f"{left} x {right} = {left * right}" for left in range(1, 11) for right in range(1, 11)
        ),
        "\n".join(f"{number}. Write one test for case {number}." for number in range(1, 21)),
        "-" * 300 + "\nTitle\n" + "=" * 300,
        "| a | b |\n|" + "-" * 60 + "|" + "-" * 60 + "|\n| 1 | 2 |",
        "0.3333333333333333333",
        "What hashes to " + "0" * 64 + "?",
        "A googol is 1" + "0" * 100 + ".",
        "\n".join("| 0 | 0 | 0 | 0 |" for _ in range(10)),
        "0 1 " * 20,
        "Explain: Buffalo buffalo Buffalo buffalo buffalo buffalo Buffalo buffalo.",
        "Write a song that starts with la la la la la la la.",
        "Nooooooooo! Why would you do that?",
        "哈哈哈哈，你讲个笑话吧。",
        "请把“谢谢谢谢谢谢”翻译成英语。",
        "Yes.",
        "Translate: 'No no no no no no no no no no no no no!' into German",
        "AGCTAGCTAGCTAGCTAGCTAGCT: how many G?",
        "<div><div><div><div><div><div></div></div></div></div></div></div> Center it.",
        "<br><br><br><br><br><br> Why?",
        "\n".join(f"<tr><td>{row}</td><td>A</td><td>B</td></tr>" for row in range(30)),
        "\n".join(f'{{"id": {row}, "type": "user", "active": true}},' for row in range(30)),
        "No, no.",
        "Name: ______________________\nDate: ______________________",
        "(defun f (x) (if x (g (h (i (j (k (l (m (n (o (p (q x)))))))))))))",
    ]
    rejects = {
        "the the the the the the": "repeated_ngrams",
        "the " * 40: "repeated_ngrams",
        "Tell me " + "the " * 25 + "story": "repeated_ngrams",
        SENTENCE * 10: "repeated_ngrams",
        PROSE + " " + SENTENCE * 40: "repeated_ngrams",
        "我喜欢学习。" * 10: "repeated_ngrams",
        "很好" * 7: "repeated_ngrams",
        "哈" * 12: "repeated_ngrams",
        "今日はいい天気ですね。" * 8: "repeated_ngrams",
        "สวัสดีครับ" * 8: "repeated_ngrams",
        (PROSE + " ") * 3: "repeated_ngrams",
        "\n".join(
            f"Step {step}: Wash the dishes well and dry them." for step in range(20)
        ): "repeated_lines",
        "\n".join(f"{item}. Wash the dishes." for item in range(1, 9)): "repeated_lines",
        " ".join(
            f"In round {number} you wash the dishes with soap and water and dry them."
            for number in range(20)
        ): "repeated_ngrams",
        "Please write the essay.\n" * 10: "repeated_lines",
        PROSE + "\n" + "And so on.\n\n" * 6: "repeated_lines",
        "First line here\nSecond line here\nThird line here\n" * 6: "repeated_lines",
        "a" * 40: "repeated_characters",
        "Ha" + "ha" * 30: "repeated_characters",
        PROSE + "z" * 101: "repeated_characters",
        "哈" * 30: "repeated_characters",
        "Help " + "\u0e01" * 200: "repeated_characters",
    }


def judge(text: str, **options: object) -> str | None:
    one = msgspec.convert(options, RepetitionFilter)
    return one.reject(Draft(index=0, instruction=text))


def test_bounds_are_options() -> None:
    text = "Write the essay now.\n" * 4
    assert judge(text) is None
    assert judge(text, most_in_a_row=3) == "repeated_lines"
    assert judge(PROSE + "z" * 60) is None
    assert judge(PROSE + "z" * 60, longest_run=50) == "repeated_characters"
    chorus = "".join(verse + CHORUS for verse in VERSES)
    assert judge(chorus, most_duplicate_lines=0.2) == "repeated_lines"
    assert judge(chorus, most_duplicate_ngrams=0.1) == "repeated_ngrams"


@pytest.mark.parametrize(
    "options",
    [
        {"longest_run": 1},
        {"most_in_a_row": 1},
        {"most_duplicate_lines": 0},
        {"most_duplicate_ngrams": 1.5},
    ],
)
def test_bounds_have_bounds(options: dict[str, float]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(options, RepetitionFilter)


@settings(deadline=None)
@given(
    unit=st.text(alphabet="abcdefgh ", min_size=3, max_size=60).filter(
        lambda unit: unit.strip() != ""
    )
)
def test_any_unit_thirty_times_is_a_loop(unit: str) -> None:
    assert judge(f"{unit} x " * 30) is not None


@settings(deadline=None)
@given(st.lists(st.from_regex(r"[a-z]{3,9}", fullmatch=True), min_size=1, max_size=60, unique=True))
def test_different_words_are_no_loop(words: list[str]) -> None:
    assert judge(" ".join(words)) is None


@settings(deadline=None)
@given(st.text())
def test_a_response_is_never_judged_harder(text: str) -> None:
    response = RepetitionFilter().reject(Draft(index=0, instruction="x", response=text))
    assert response is None or judge(text) == response


@pytest.mark.parametrize("text", ["the the the", "哈哈哈", "Tora! Tora! Tora!"])
def test_one_word_thrice_is_an_answer_but_no_request(text: str) -> None:
    assert judge(text) == "repeated_ngrams"
    assert RepetitionFilter().reject(Draft(index=0, instruction="x", response=text)) is None


@pytest.mark.parametrize("shape", ["字词句段", "a b ", "ab", "x\n", "word and word or "])
def test_time_is_linear(shape: str) -> None:
    text = "".join(f"{shape}{number}" for number in range(150_000))[:1_000_000]
    start = time.process_time()
    judge(text)
    assert time.process_time() - start < 1.0
