"""Plans: what a recipe leaves open is decided once, and the same settings give the same key."""

from __future__ import annotations

import msgspec
import pytest

from magpie_core import (
    ChatTemplateError,
    Sampling,
    SettingsError,
    UnknownNameError,
    UsageError,
)
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
        {"turns": 2},
    ],
    ids=str,
)
def test_what_decides_the_text_changes_the_key(plan, change):
    assert plan(**change).key != plan().key


@pytest.mark.parametrize(
    "change",
    [
        {"n": 7},
        {"max_attempts": 9},
        {"output": "elsewhere"},
        {"in_flight": 3},
        {"pilot": 0},
        {"turns": 1},
    ],
    ids=str,
)
def test_what_does_not_leaves_it(plan, change):
    assert plan(**change).key == plan().key


def test_a_lora_trained_again_in_its_folder_is_another_run(plan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lora").mkdir()
    (tmp_path / "lora" / "adapter_config.json").write_text("{}")
    weights = tmp_path / "lora" / "adapter_model.safetensors"
    weights.write_bytes(b"first")
    recipe = "[engine.options]\nlora = 'lora'"
    first = plan(recipe)
    assert first.recipe.engine.options["lora"] == str(tmp_path / "lora")
    assert plan(recipe).key == first.key != plan().key
    weights.write_bytes(b"other")
    assert plan(recipe).key != first.key


def test_the_response_engines_lora_counts_too(plan, tmp_path):
    (tmp_path / "adapter_config.json").write_text("{}")
    weights = tmp_path / "adapter_model.safetensors"
    keys = set()
    for content in (b"first", b"other"):
        weights.write_bytes(content)
        keys.add(plan(f"[response_engine.options]\nlora = '{tmp_path}'").key)
    assert len(keys) == 2


def test_a_servers_lora_is_a_name(plan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chat").mkdir()  # has nothing to do with it
    assert plan("[engine.options]\nlora = 'chat'").recipe.engine.options == {"lora": "chat"}


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


SWITCHED = (
    "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
    "{{ m.content }}<|eot_id|>{% endfor %}{% if add_generation_prompt %}"
    "<|start_header_id|>assistant<|end_header_id|>\n\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}"
    "{% endif %}"
)


@pytest.fixture(scope="module")
def switched(checkpoint, copy_of, tmp_path_factory):
    return str(copy_of(checkpoint, tmp_path_factory.mktemp("switched") / "model", SWITCHED))


def test_reasoning_is_switched_off_for_responses_only(plan, switched):
    off = plan("[response]\nthinking = false", checkpoint=switched)
    told = plan(checkpoint=switched)
    assert off.response.chat.thinking is False
    assert off.instruction.chat == told.instruction.chat
    end = "<think>\n\n</think>\n\n"
    ids = off.response.prompts.for_response("Hi")
    assert off.response.prompts.tokenizer.decode(ids).endswith(end)
    assert not told.response.prompts.tokenizer.decode(
        told.response.prompts.for_response("Hi")
    ).endswith(end)
    assert off.key != told.key


def test_a_switch_that_changes_no_prompt_keeps_the_key(plan, switched):
    on = plan("[response]\nthinking = true", checkpoint=switched)
    assert on.key == plan(checkpoint=switched).key


def test_reasoning_cannot_be_switched_where_there_is_no_switch(plan):
    with pytest.raises(ChatTemplateError, match="--thinking off: the chat template has no switch"):
        plan("[response]\nthinking = false")


def test_only_responses_have_a_switch_for_reasoning(plan):
    with pytest.raises(SettingsError, match=r"unknown key `instruction\.thinking`"):
        plan("[instruction]\nthinking = false")


@pytest.mark.parametrize(
    ("thinking", "temperature"), [(None, 0.1), (True, 0.2), (False, 0.3)], ids=str
)
def test_the_family_has_sampling_for_each_form(plan, plugins, thinking, temperature):
    family = msgspec.structs.replace(
        plugins.family("llama3"),
        response_sampling=Sampling(temperature=0.1),
        response_sampling_think=Sampling(temperature=0.2),
        response_sampling_no_think=Sampling(temperature=0.3),
    )
    assert family.sampling_of_responses(thinking).temperature == temperature
    plain = plugins.family("llama3")
    assert plain.sampling_of_responses(thinking) == plain.response_sampling


def test_what_the_template_does_untold_decides_too(plan, switched, checkpoint, copy_of, tmp_path):
    """Small Qwen3.5 checkpoints do not reason untold, large ones do: one family, two defaults."""
    until_told = SWITCHED.replace(
        "enable_thinking is defined and not enable_thinking", "not enable_thinking | default(false)"
    )
    shy = str(copy_of(checkpoint, tmp_path / "shy", until_told))
    for model, untold in ((switched, True), (shy, False)):
        assert plan(checkpoint=model).response.chat.asks_for_reasoning is untold
        for wanted in (True, False):
            told = plan(f"[response]\nthinking = {str(wanted).lower()}", checkpoint=model)
            assert told.response.chat.asks_for_reasoning is wanted
    if "qwen3.5" in load_plugins().families():
        for model, temperature in ((switched, 1.0), (shy, 0.7)):
            chosen = plan(checkpoint=model, family="qwen3.5").response.sampling
            assert (chosen.temperature, chosen.presence_penalty) == (temperature, 1.5)
    assert plan().response.chat.asks_for_reasoning is None


def test_penalties_come_from_the_recipe_and_change_the_key(plan):
    asked = plan("[response]\npresence_penalty = 1.5\nfrequency_penalty = -0.5")
    assert asked.response.sampling.presence_penalty == 1.5
    assert asked.response.sampling.frequency_penalty == -0.5
    assert asked.key != plan().key
    assert plan("[response]\npresence_penalty = 0").key == plan().key
    with pytest.raises(SettingsError, match=r"response\.presence_penalty"):
        plan("[response]\npresence_penalty = 3")


def test_a_system_prompt_that_would_be_dropped_is_refused(plan, checkpoint, copy_of, tmp_path):
    dropping = SWITCHED.replace(
        "<|start_header_id|>{{ m.role",
        "{% if m.role != 'system' %}" + ("<|start_header_id|>{{ m.role"),
        1,
    ).replace("<|eot_id|>{% endfor", "<|eot_id|>{% endif %}{% endfor")
    model = str(copy_of(checkpoint, tmp_path / "dropping", dropping))
    assert plan(checkpoint=model).instruction.chat.system_role == "dropped"
    with pytest.raises(ChatTemplateError, match="leaves it out without a word") as caught:
        plan(checkpoint=model, system="Be brief.")
    assert "--system" in caught.value.message
    # The other way round: who writes instructions takes it, who answers does not.
    with pytest.raises(ChatTemplateError, match="dropping"):
        plan(f"[response_engine]\ncheckpoint = '{model}'", system="Be brief.")


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
