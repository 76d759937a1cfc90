"""Answers with their reasoning apart, and a budget for it. A scripted engine; prompts and ids are real."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from magpie_core import BackendError, Completion, UsageError
from magpie_core.plan import make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.recipe import parse_recipe
from magpie_core.steps.answering import NO_ANSWER, UNCLOSED, Answer, Answering
from magpie_core.testing.toys import CHATML, byte_level, toy_checkpoint

OPENS = CHATML.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}")
END = "<|im_end|>"


class Scripted:
    """Says its texts one after the other, as many tokens of each as are asked for."""

    capacity = 4
    max_context = None

    def __init__(self, tokenizer, *texts):
        self.tokenizer = tokenizer
        self.texts = list(texts)
        self.asked = []

        class Capable:
            seeds = True

        self.capabilities = Capable()

    async def complete(self, prompt, sampling, n=1):
        self.asked.append((self.tokenizer.decode(prompt), sampling))
        return [self._said(sampling.max_tokens) for _ in range(n)]

    def _said(self, most):
        text = self.texts.pop(0)
        if isinstance(text, Exception):
            raise text
        ids = self.tokenizer.encode(text + END, add_special_tokens=False)
        cut = len(ids) > most
        return Completion(
            token_ids=tuple(ids[:most]),
            text=self.tokenizer.decode(ids[:most], skip_special_tokens=True),
            finish_reason="length" if cut else "stop",
            stop_reason=None if cut else ids[-1],
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    tokenizer = byte_level(OPENS, special=("<|im_start|>", END))
    return toy_checkpoint(tmp_path_factory.mktemp("thinks"), tokenizer)


def plan_of(folder, text=""):
    recipe = parse_recipe(f"[run]\nbackend = 'fake'\nseed = 7\n{text}")
    recipe.run.checkpoint = str(folder)
    return make_plan(recipe, load_plugins())


@pytest.fixture(scope="module")
def plan(folder):
    return plan_of(folder)


def prompt_of(plan):
    return plan.response.prompts.for_response("2 + 2?")


def answering(plan, *texts, budget=None):
    engine = Scripted(plan.response.checkpoint.tokenizer, *texts)
    return engine, Answering(plan.response, engine, 7, budget)


async def test_what_was_thought_is_no_part_of_the_answer(plan):
    _, asks = answering(plan, "2 and 2.\n</think>\n\nFour.")
    found = await asks.one(prompt_of(plan), 3, "response")
    assert (found.text, found.reasoning, found.objection) == ("Four.", "2 and 2.", None)
    assert found.columns() == {"reasoning": "2 and 2."}
    assert found.tokens == len(
        "2 and 2.\n</think>\n\nFour."
    )  # two newlines are one token; and the stop


async def test_an_answer_that_never_came_is_objected_to(plan):
    _, asks = answering(plan, "2 and", "so\n</think>\n\n")
    unclosed, empty = [await asks.one(prompt_of(plan), 3, "response") for _ in range(2)]
    assert (unclosed.objection, unclosed.text, unclosed.shown) == (UNCLOSED, "", "2 and")
    assert (empty.objection, empty.text, empty.shown) == (NO_ANSWER, "", "so")


async def test_a_budget_ends_the_reasoning_and_asks_for_the_answer(plan):
    engine, asks = answering(plan, "2 and 2 and 2 and 2", "Four.", budget=7)
    found = await asks.one(prompt_of(plan), 3, "response")
    assert (found.text, found.reasoning, found.cut) == ("Four.", "2 and 2", True)
    assert found.columns() == {"reasoning": "2 and 2", "reasoning_cut": True}
    assert found.tokens == 7 + len("Four.") + 1
    (first, short), (second, rest) = engine.asked
    assert second == first + "2 and 2\n</think>\n\n"
    assert (short.max_tokens, rest.max_tokens) == (7, plan.response.sampling.max_tokens - 7)
    assert short.seed != rest.seed


async def test_a_reasoning_within_its_budget_goes_on_where_it_was_cut(plan):
    text = "2 + 2\n</think>\n\nIt is four."
    engine, asks = answering(plan, text, " four.", budget=20)
    found = await asks.one(prompt_of(plan), 3, "response")
    assert found == Answer("It is four.", "2 + 2", "stop", 20 + 7, False, None)
    assert engine.asked[1][0].endswith("</think>\n\nIt is")


async def test_a_short_sample_costs_one_request(plan):
    engine, asks = answering(plan, "so\n</think>\n\nFour.", budget=100)
    found = await asks.one(prompt_of(plan), 3, "response")
    assert (found.text, found.cut, len(engine.asked)) == ("Four.", False, 1)


async def test_several_go_on_each_by_itself(plan):
    engine, asks = answering(
        plan, "a\n</think>\n\nOne.", "b b b b b b b b b b b", "Two.", budget=18
    )
    found = await asks.several(prompt_of(plan), 3, "preference", 2)
    assert [(one.text, one.cut) for one in found] == [("One.", False), ("Two.", True)]
    assert len(engine.asked) == 2


async def test_a_request_that_fails_is_an_error_and_leaves_none_running(plan):
    engine, asks = answering(plan, "a b c d e f", *[BackendError("gone")] * 3, budget=4)
    with pytest.raises(BackendError, match="gone"):
        await asks.one(prompt_of(plan), 3, "response")
    assert not engine.texts


async def test_no_room_in_the_context_for_an_answer(plan):
    engine, asks = answering(plan, "2 and 2 and 2 and 2", budget=7)
    engine.max_context = len(prompt_of(plan)) + 10
    found = await asks.one(prompt_of(plan), 3, "response")
    assert (found.objection, len(engine.asked)) == (UNCLOSED, 1)


async def test_a_stop_string_after_the_budget_is_no_part_of_the_answer(plan):
    engine, asks = answering(plan, "2 and 2 and 2 and 2", "Four. USER:", budget=7)
    whole = engine._said

    def stopped(most):
        said = whole(most)
        if said.finish_reason == "length":
            return said
        return replace(said, token_ids=said.token_ids[:-1], text="Four. ", stop_reason="USER:")

    engine._said = stopped
    assert (await asks.one(prompt_of(plan), 3, "response")).text == "Four."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[response]\nreasoning_budget = 4096", "leaves no room"),
        ("[response]\nreasoning_budget = 64\nmax_tokens = 64", "leaves no room"),
    ],
)
def test_a_budget_that_nothing_could_come_of(folder, text, words):
    with pytest.raises(UsageError, match=words):
        plan_of(folder, text)


def test_the_budget_decides_the_key(folder, plan):
    other = plan_of(folder, "[response]\nreasoning_budget = 64")
    assert other.key != plan.key
    assert other.response.sampling == plan.response.sampling


@pytest.mark.parametrize(
    ("reasoning", "cut", "columns"),
    [
        (None, None, {}),
        (None, False, {"reasoning_cut": False}),
        ("Hm.", None, {"reasoning": "Hm."}),
        ("Hm.", True, {"reasoning": "Hm.", "reasoning_cut": True}),
    ],
)
def test_with_a_budget_every_record_says_whether_it_was_cut(reasoning, cut, columns):
    assert Answer("So.", reasoning, "stop", 3, cut, None).columns() == columns
