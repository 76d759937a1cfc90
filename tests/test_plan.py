"""Plans: what a recipe leaves open is decided once, and the same settings give the same key."""

from __future__ import annotations

import pytest

from magpie_core import UnknownNameError, UsageError
from magpie_core.checkpoint import open_checkpoint
from magpie_core.plan import make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.recipe import parse_recipe


@pytest.fixture(scope="module")
def plugins():
    return load_plugins()


@pytest.fixture(scope="module")
def plan(plugins, checkpoint):
    def plan(text: str = "", **run: object):
        recipe = parse_recipe(text)
        for name, value in {"checkpoint": checkpoint, "backend": "fake", **run}.items():
            setattr(recipe.run, name, value)
        return make_plan(recipe, plugins)

    return plan


def test_the_family_is_guessed_from_the_template(plan):
    assert plan().instruction.family.name == "llama3"


def test_sampling_comes_from_the_family_and_the_recipe_overrides_it(plan):
    side = plan("[instruction]\ntemperature = 1.2\n[response]\nmax_tokens = 7")
    assert side.instruction.sampling.temperature == 1.2
    assert (
        side.instruction.sampling.max_tokens
        == side.instruction.family.instruction_sampling.max_tokens
    )
    assert side.response.sampling.max_tokens == 7
    assert side.response.sampling.temperature == 0


def test_stops_are_ids_of_this_vocabulary(plan):
    side = plan().instruction
    names = side.checkpoint.tokenizer.convert_ids_to_tokens(list(side.sampling.stop_token_ids))
    assert {"<|eot_id|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>"} <= set(
        names
    )
    assert side.sampling.stop_strings == ()


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 5},
        {"system": "Be brief."},
        {"text": "[instruction]\ntemperature = 0.5"},
        {"text": "[response]\nmax_tokens = 9"},
        {"text": "[filters.length]\nshortest = 50"},
        {"text": "[filters.greeting]\nenabled = false"},
        {"text": "[engine]\ndtype = 'bfloat16'"},
    ],
    ids=str,
)
def test_what_decides_the_text_changes_the_key(plan, change):
    assert plan(**change).key != plan().key


@pytest.mark.parametrize(
    "change",
    [{"n": 7}, {"max_attempts": 9}, {"output": "elsewhere"}, {"in_flight": 3}, {"pilot": 0}],
    ids=str,
)
def test_what_does_not_leaves_it(plan, change):
    assert plan(**change).key == plan().key


def test_filters_can_be_switched_off_and_set(plan):
    names = [one.name for one in plan("[filters.greeting]\nenabled = false").judges.filters]
    assert "greeting" not in names
    assert "length" in names
    (length,) = [
        f for f in plan("[filters.length]\nshortest = 50").judges.filters if f.name == "length"
    ]
    assert length.shortest == 50


def test_a_first_token_rule_can_be_named_or_dropped(plan):
    assert plan(family="llama3.1").instruction.sampling.first_token.name == "no-heading-first"
    assert (
        plan(
            "[instruction]\nfirst_token = 'none'", family="llama3.1"
        ).instruction.sampling.first_token
        is None
    )
    with pytest.raises(UnknownNameError, match="first-token rule `no-heading`"):
        plan("[instruction]\nfirst_token = 'no-heading'")


def test_differences_from_the_family_are_said_in_one_line(plan):
    (notice,) = [n for n in plan(family="chatml").notices if "chatml" in n][:1]
    assert "the template is used" in notice
    assert "\n" not in notice


def test_registered_facts_can_be_asked_for(plan):
    assert plan(format="registered").instruction.chat.source == "registered"
    with pytest.raises(UsageError, match="unknown format `made-up`"):
        plan(format="made-up")


def test_another_checkpoint_may_answer(plan, checkpoint):
    both = plan(f"[response_engine]\ncheckpoint = '{checkpoint}'\ndtype = 'float32'")
    assert not both.shares_engine
    assert plan().shares_engine


def test_a_template_that_is_plain_chatml_is_guessed(plugins, checkpoint, tmp_path, copy_of):
    chatml = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    for name, template, family in (
        ("plain", chatml, "chatml"),
        (
            "more",
            chatml.replace("{% for", "<|im_start|>system\nBe kind.<|im_end|>\n{% for", 1),
            None,
        ),
    ):
        opened = open_checkpoint(str(copy_of(checkpoint, tmp_path / name, template)))
        guessed = plugins.guess_family(opened)
        assert (guessed.name if guessed else None) == family
