"""How a conversation grows, and what ends it. A scripted engine; the prompts are real."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_core import ChatTemplateError, Completion, RequestError
from magpie_core.errors import UsageError
from magpie_core.plan import make_plan
from magpie_core.plugins import load_plugins
from magpie_core.record import Turn
from magpie_core.run.recipe import parse_recipe
from magpie_core.steps.answering import Answering
from magpie_core.steps.follow_up import FollowUps, exchanges, said_in_history
from magpie_core.steps.multi_round import MULTI_ROUND_PROMPT, follow_up_system

BEGUN = [Turn("user", "Name a river."), Turn("assistant", "The Nile.")]


class Scripted:
    """An engine that says one text after the other, and keeps what it was asked."""

    capacity = 4

    def __init__(self, *texts: str | Exception, finish: str = "stop") -> None:
        self.texts = list(texts)
        self.finish = finish
        self.prompts: list[list[int]] = []
        self.seeds: list[int | None] = []

        class Capable:
            seeds = True

        self.capabilities = Capable()

    async def complete(self, prompt: Any, sampling: Any, n: int = 1) -> list[Completion]:
        self.prompts.append(list(prompt))
        self.seeds.append(sampling.seed)
        said = self.texts.pop(0)
        if isinstance(said, Exception):
            raise said
        return [Completion(text=said, token_ids=(1, 2, 3), finish_reason=self.finish)]


@pytest.fixture(scope="module")
def plan(checkpoint: str) -> Any:
    recipe = parse_recipe("[run]\nbackend = 'fake'\nseed = 7")
    recipe.run.checkpoint = checkpoint
    return make_plan(recipe, load_plugins())


def text_of(plan: Any, ids: list[int]) -> str:
    return plan.instruction.checkpoint.tokenizer.decode(ids)


async def grown(plan: Any, engine: Scripted, wanted: int, begun: Any = BEGUN, **more: Any) -> Any:
    answering = Answering(plan.response, engine, plan.recipe.run.seed)
    return await FollowUps(plan, engine, answering, wanted, **more).grow(3, begun)


async def test_it_grows_to_what_is_wanted(plan):
    engine = Scripted("How long is it?", "6,650 km.", "And the Amazon?", "About 6,400 km.")
    found = await grown(plan, engine, 3)
    assert found.ended is None
    assert found.exchanges == 3
    assert [one.content for one in found.turns[2:]] == [
        "How long is it?",
        "6,650 km.",
        "And the Amazon?",
        "About 6,400 km.",
    ]
    assert found.tokens == 12
    assert len(set(engine.seeds)) == 4


async def test_prompts_are_what_the_chat_template_writes(plan):
    engine = Scripted("How long is it?", "6,650 km.")
    begun = [Turn("system", "Be brief."), *BEGUN]
    await grown(plan, engine, 2, begun)
    tokenizer = plan.instruction.checkpoint.tokenizer
    said = [{"role": one.role, "content": one.content} for one in begun]
    more = [*said, {"role": "user", "content": "How long is it?"}]
    whole = tokenizer.apply_chat_template(more, tokenize=True, add_generation_prompt=True)
    whole = list(whole["input_ids"] if hasattr(whole, "keys") else whole)
    asked, answered = engine.prompts
    assert answered == whole
    assert whole[: len(asked)] == asked
    assert tokenizer.decode(whole[len(asked) :]).startswith("How long is it?")


async def test_the_system_prompt_of_follow_ups_is_for_them_alone(plan):
    engine = Scripted("How long is it?", "6,650 km.")
    begun = [Turn("system", "Be brief."), *BEGUN]
    found = await grown(plan, engine, 2, begun, system="The user is curious.")
    asked, answered = (text_of(plan, ids) for ids in engine.prompts)
    assert "The user is curious." in asked
    assert "Be brief." not in asked
    assert "Be brief." in answered
    assert "The user is curious." not in answered
    assert found.turns[0] == Turn("system", "Be brief.")


@pytest.mark.parametrize(
    ("follow_up", "reason"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("Thanks, that's all!", "farewell"),
        ("name a river", "repeat"),
        ("The Nile!", "repeat"),
        ("How can I help you today?", "assistant_greeting"),
    ],
)
async def test_what_ends_it(plan, follow_up, reason):
    found = await grown(plan, Scripted(follow_up), 4)
    assert found.ended == reason
    assert found.turns == BEGUN
    assert found.tokens == 3


async def test_a_short_follow_up_that_leans_on_what_was_said_stays(plan):
    found = await grown(plan, Scripted("and in Spanish?", "El Nilo."), 2)
    assert found.ended is None


@pytest.mark.parametrize(("answer", "reason"), [("", "answer_empty"), ("<|", "answer_empty")])
async def test_an_answer_that_is_turned_down_takes_its_question_along(plan, answer, reason):
    found = await grown(plan, Scripted("How long is it?", answer), 4)
    assert found.ended == reason
    assert found.turns == BEGUN


async def test_a_sample_without_an_end_is_no_turn(plan):
    found = await grown(plan, Scripted("How long is it", finish="length"), 2)
    assert (found.ended, found.turns) == ("no_stop", BEGUN)


async def test_a_full_context_ends_it_before_anything_is_asked(plan):
    engine = Scripted()
    found = await grown(plan, engine, 2, [*BEGUN[:1], Turn("assistant", "a river " * 5000)])
    assert (found.ended, engine.prompts) == ("context", [])


async def test_one_that_is_long_enough_stays(plan):
    engine = Scripted()
    found = await grown(plan, engine, 1)
    assert (found.turns, found.ended, engine.prompts) == (BEGUN, None, [])


async def test_an_engine_that_refuses_is_an_error_of_the_record(plan):
    with pytest.raises(RequestError):
        await grown(plan, Scripted(RequestError("no")), 2)


async def test_a_template_without_a_place_for_system_prompts_says_so(plan, monkeypatch):
    import msgspec

    chat = msgspec.structs.replace(
        plan.instruction.prompts.chat, pre_query_with_system=None, system_role="refused"
    )
    monkeypatch.setattr(plan.instruction.prompts, "chat", chat)
    with pytest.raises(ChatTemplateError):
        await grown(plan, Scripted("x"), 2, system="The user is curious.")


def test_reasoning_is_no_history():
    turn = Turn("assistant", "<think>\nHm.\n</think>\n\nThe Nile.")
    assert said_in_history(turn) == Turn("assistant", "The Nile.")
    assert said_in_history(BEGUN[0]) == BEGUN[0]
    assert exchanges(BEGUN) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<thinking>Hm.</thinking>The Nile.", "The Nile."),
        ("Hm.</think>The Nile.", "The Nile."),
        ("<think>It never ends", "<think>It never ends"),
        ("  The Nile. ", "  The Nile. "),
    ],
)
def test_whatever_marks_it_has_elsewhere(content, said):
    assert said_in_history(Turn("assistant", content)) == Turn("assistant", said)


def test_a_slip_of_the_name_of_our_prompt_is_no_prompt():
    with pytest.raises(UsageError, match="multi-rond"):
        follow_up_system("multi-rond")
    assert follow_up_system("multi-round") == MULTI_ROUND_PROMPT
    assert follow_up_system("You ask short questions.") == "You ask short questions."
