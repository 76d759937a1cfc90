"""The pieces a card is made of: licences, redaction, figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.publish.figures import Figures, size_category, spread
from magpie_core.publish.licences import UNKNOWN, licence_in, licence_of
from magpie_core.publish.markdown import cell, code
from magpie_core.publish.names import checkpoint_name
from magpie_core.publish.redact import LEFT_OUT, redact, redact_text
from magpie_core.record import Record


@pytest.mark.parametrize(
    ("front", "id", "name"),
    [
        ("license: llama3.1", "llama3.1", "Llama 3.1 Community License Agreement"),
        ("license: other\nlicense_name: gemma", "gemma", "Gemma Terms of Use"),
        ("license: other\nlicense_name: tongyi\nlicense_link: https://x.org/L", "other", "tongyi"),
        ("license: [mit, apache-2.0]", "mit", "MIT License"),
        ("tags: [a]", UNKNOWN, ""),
        ("license: {a: b}", UNKNOWN, ""),
        ("license: [", UNKNOWN, ""),
        ("license: 'a]|(b'", UNKNOWN, ""),
    ],
)
def test_the_licence_of_a_model_card(front, id, name):
    found = licence_in(f"---\n{front}\n---\n# Model\n")
    assert (found.id, found.name) == (id, name)


def test_a_card_without_metadata_says_nothing():
    assert licence_in("# Model\n---\nlicense: mit\n---\n").id == UNKNOWN


@given(st.text())
def test_any_card_can_be_read(text):
    assert licence_in(f"---\n{text}\n---\n").id


def test_a_folder_and_the_embedded_model(tmp_path):
    from magpie_core.plugins import load_plugins

    models = load_plugins().models()
    assert licence_of("tiny", models).id == "apache-2.0"
    assert licence_of(str(tmp_path), models).id == UNKNOWN
    (tmp_path / "README.md").write_text("---\nlicense: gemma\n---\n")
    assert licence_of(str(tmp_path), models).id == "gemma"
    assert licence_of("nobody/has-this", models).id == UNKNOWN


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("/srv/models/judge-8b", "judge-8b"),
        ("./models/mine/", "mine"),
        ("meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B-Instruct"),
        ("tiny", "tiny"),
        ("C:\\models\\mine", "mine"),
    ],
)
def test_checkpoints_by_their_names(said, shown):
    assert checkpoint_name(said) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/srv/data/bench.jsonl", "bench.jsonl"),
        ("a file at ~/sets/bench.jsonl here", "a file at bench.jsonl here"),
        ("and/or 3/4 </think> <|im_end|> https", "and/or 3/4 </think> <|im_end|> https"),
        ("at http://10.0.0.7:8000/v1 now", f"at {LEFT_OUT} now"),
        ("Bearer abcdef", LEFT_OUT),
        ("hf_" + "a" * 20, LEFT_OUT),
    ],
)
def test_redaction_of_text(text, shown):
    assert redact_text(text) == shown


def test_redaction_of_settings():
    said = {
        "api_key": "x",
        "max_tokens": 5,
        "stop_token_ids": [1],
        "base_url": "u",
        "headers": {"a": "b"},
    }
    assert redact(said) == {
        "api_key": LEFT_OUT,
        "max_tokens": 5,
        "stop_token_ids": [1],
        "base_url": LEFT_OUT,
        "headers": LEFT_OUT,
    }


@given(st.text())
def test_any_text_is_one_cell(text):
    for made in (cell(text), code(text)):
        assert "\n" not in made
        assert "|" not in made.replace("\\|", "")
    assert "<" not in cell(text)


@pytest.mark.parametrize(
    ("rows", "name"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (300_000, "100K<n<1M"), (10**12, "n>1T")],
)
def test_size_categories(rows, name):
    assert size_category(rows) == name


@given(st.lists(st.integers(-9, 9), min_size=1))
def test_quantiles_ascend_and_are_values(values):
    found = spread(values)
    assert list(found.at) == sorted(found.at)
    assert set(found.at) <= set(values)
    assert found.most == max(values)


def test_numbers_no_float_can_sum_have_no_figure():
    figures = Figures()
    for number, score in enumerate((1.0, 2.0, 1e308, 1.7e308, 10**400, float("nan"), float("inf"))):
        figures.note(
            Record(
                id=str(number), index=number, instruction="a", response="b", extra={"score": score}
            )
        )
    assert figures.summary().numbers["score"].mean == 1.5


def test_a_cell_holds_nothing_that_turns_the_reading_direction():
    assert cell("a\u202eb\x1b[31m\nc") == "ab\\[31m c"
    assert code("\u2066x`\x07|") == "`x \\|`"
