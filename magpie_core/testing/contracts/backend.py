"""What every backend must do, as tests to inherit. Needs pytest and pytest-asyncio, nothing else.

An engine is tested in four lines::

    from magpie_core.testing.contracts.backend import BackendContract

    class TestMyEngine(BackendContract):
        backend_class = MyEngine

It is opened once per class, on the embedded model or on the checkpoint that the environment variable
``MAGPIE_TEST_CHECKPOINT`` names. Override ``engine_settings`` to choose a device or options.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Any, ClassVar, TypeVar

import pytest
import pytest_asyncio

from magpie_core.backend import Backend, Completion, EngineSettings
from magpie_core.checkpoint import Checkpoint, open_checkpoint
from magpie_core.errors import EngineDeadError, RequestError
from magpie_core.sampling import FirstTokenRule, Sampling
from magpie_core.testing.contracts.contract import Contract

Result = TypeVar("Result")

QUESTIONS = (
    "Hi",
    "What is 2 plus 3?",
    "List three rivers.",
    "Write a short story about a boat, a lighthouse and the old man who looks after both of them.",
)
SCHEMA = {
    "type": "object",
    "properties": {"label": {"enum": ["good", "bad"]}, "score": {"enum": [1, 2, 3]}},
    "required": ["label", "score"],
    "additionalProperties": False,
}


class BackendContract(Contract):
    """Inherit it and name ``backend_class``; an inherited check may only be xfailed with a reason."""

    backend_class: ClassVar[type[Backend]]
    patience: ClassVar[float] = 120.0
    """Seconds after which an unanswered request counts as lost."""
    opens_twice: ClassVar[bool] = True
    """Whether a second engine may be opened in the same process, for the check of ``close``."""

    pytestmark = pytest.mark.asyncio(loop_scope="class")

    # What a subclass may override.

    @classmethod
    def engine_settings(cls, checkpoint: str) -> EngineSettings:
        """How the engine is opened."""
        return EngineSettings(checkpoint=checkpoint)

    @pytest.fixture(scope="class")
    @classmethod
    def contract_checkpoint(cls) -> str:
        """The checkpoint to test on: ``MAGPIE_TEST_CHECKPOINT``, else the embedded model."""
        if found := os.environ.get("MAGPIE_TEST_CHECKPOINT"):
            return found
        tiny = pytest.importorskip("magpie_tiny", reason="the embedded model is not installed")
        return str(tiny.CHECKPOINT)

    @pytest_asyncio.fixture(scope="class", loop_scope="class")
    @classmethod
    async def engine(cls, contract_checkpoint: str) -> AsyncIterator[Backend]:
        """The engine under test, opened once for the class."""
        engine = await cls.backend_class.open(cls.engine_settings(contract_checkpoint))
        yield engine
        await engine.close()

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls, contract_checkpoint: str) -> Checkpoint:
        """The checkpoint's tokenizer and facts."""
        return open_checkpoint(contract_checkpoint)

    # The checks.

    async def test_it_has_a_name_and_a_contract(self, engine: Backend) -> None:
        """The names that users and run.toml see."""
        assert self.backend_class.name, "a backend needs a name, for --backend"
        assert engine.capacity > 0, "capacity is how many requests are worked on together"
        versions = engine.versions()
        strange = [one for pair in versions.items() for one in pair if not isinstance(one, str)]
        assert not strange, f"`versions` holds {strange}, no texts: run.toml keeps them"

    async def test_n_samples_come_back(self, engine: Backend, model: Checkpoint) -> None:
        """``n`` completions for ``n``."""
        for n in (1, 3):
            sampling = Sampling(max_tokens=8, seed=1)
            found = await self._wait(engine.complete(_ask(model, 1), sampling, n))
            assert len(found) == n, f"asked for {n} samples, got {len(found)}"

    async def test_a_stop_token_ends_a_sample(self, engine: Backend, model: Checkpoint) -> None:
        """It is the last of the ids, it is named as the reason, and the text does not show it."""
        stops = model.end_token_ids
        sampling = Sampling(max_tokens=120, stop_token_ids=stops, seed=5)
        samples = await self._wait(engine.complete(_ask(model, 1), sampling, 8))
        assert any(one.finish_reason == "stop" for one in samples), "no sample of 8 ever stopped"
        for one in samples:
            *before, last = one.token_ids
            assert not set(before) & set(stops), f"goes on after a stop token: {one.token_ids}"
            assert (one.finish_reason == "stop") == (last in stops), f"wrong reason: {one}"
            if one.finish_reason == "stop":
                assert one.stop_reason == last, f"stop_reason must be the token: {one}"
            kept = before if one.finish_reason == "stop" else one.token_ids
            assert one.text == _text(model, kept), f"the text is not that of the ids: {one}"

    async def test_max_tokens_is_a_bound(self, engine: Backend, model: Checkpoint) -> None:
        """Never more, and ``length`` as the reason."""
        for bound in (1, 2, 5):
            sampling = Sampling(max_tokens=bound, seed=3)
            [one] = await self._wait(engine.complete(_ask(model, 3), sampling))
            assert len(one.token_ids) <= bound, f"{len(one.token_ids)} tokens, bound was {bound}"
            assert one.finish_reason == "length", f"was cut, but says {one.finish_reason}"
            assert one.stop_reason is None, f"was cut, but has a stop reason: {one.stop_reason!r}"

    async def test_greedy_repeats(self, engine: Backend, model: Checkpoint) -> None:
        """Temperature 0 needs no seed."""
        sampling = Sampling(temperature=0.0, max_tokens=24, stop_token_ids=model.end_token_ids)
        first, again = [
            await self._wait(engine.complete(_ask(model, 2), sampling)) for _ in range(2)
        ]
        assert first == again, "temperature 0 gave two different answers"

    async def test_a_seed_fixes_its_sample(self, engine: Backend, model: Checkpoint) -> None:
        """Alone, again, in a mixed batch, and as the k-th of n: always the same."""
        if not engine.capabilities.seeds:
            pytest.skip("the backend does not claim seeds")
        penalties = engine.capabilities.penalties
        work = [(_ask(model, k % 4), _mixed(k, model, penalties)) for k in range(24)]
        alone = [await self._wait(engine.complete(ids, sampling)) for ids, sampling in work]
        jobs = (engine.complete(ids, sampling) for ids, sampling in reversed(work))
        together = (await self._wait(asyncio.gather(*jobs)))[::-1]
        wrong = [k for k in range(24) if alone[k] != together[k]]
        assert not wrong, f"samples {wrong} of 24 change with what else is in the batch"
        ids = work[0][0]
        three = await self._wait(engine.complete(ids, _seeded(100), 3))
        singles = [(await self._wait(engine.complete(ids, _seeded(100 + k))))[0] for k in range(3)]
        assert three == singles, "with n samples, sample k must use seed + k"

    async def test_other_seeds_give_other_samples(self, engine: Backend, model: Checkpoint) -> None:
        """Also without a seed."""
        # as hot as servers allow that speak OpenAI's interface
        hot = [Sampling(temperature=2.0, max_tokens=16, seed=seed) for seed in range(6)]
        free = [Sampling(temperature=2.0, max_tokens=16)] * 6
        for samplings in (hot, free):
            jobs = (engine.complete(_ask(model, 2), one) for one in samplings)
            texts = {one.token_ids for [one] in await self._wait(asyncio.gather(*jobs))}
            assert len(texts) > 3, f"6 hot samples gave only {len(texts)} different ones"

    async def test_a_stop_string_cuts_the_text(self, engine: Backend, model: Checkpoint) -> None:
        """The text ends before it, and it is named as the reason."""
        if not engine.capabilities.stop_strings:
            await self._refused(engine, model, Sampling(stop_strings=("x",)), "stop strings")
            return
        free = Sampling(temperature=0.0, max_tokens=40)
        [whole] = await self._wait(engine.complete(_ask(model, 3), free))
        middle = len(whole.text) // 2
        string = whole.text[middle : middle + 3]
        stopping = Sampling(temperature=0.0, max_tokens=40, stop_strings=("\0never", string))
        [cut] = await self._wait(engine.complete(_ask(model, 3), stopping))
        expected = whole.text[: whole.text.find(string)]
        assert (cut.finish_reason, cut.stop_reason) == ("stop", string), f"no stop: {cut}"
        assert cut.text == expected, f"{cut.text!r} is not {whole.text!r} cut before {string!r}"
        assert len(cut.token_ids) <= len(whole.token_ids), "it went on after the stop string"

    async def test_a_first_token_rule_holds(self, engine: Backend, model: Checkpoint) -> None:
        """Banned ids and strings never come first; a string of several tokens is skipped."""
        prompt, greedy = _ask(model, 2), Sampling(temperature=0.0, max_tokens=4)
        if not engine.capabilities.first_token_rules:
            rule = FirstTokenRule(name="ban", ban_ids=(1,))
            await self._refused(engine, model, _ruled(greedy, rule), "first-token rules")
            return
        [free] = await self._wait(engine.complete(prompt, greedy))
        first = free.token_ids[0]
        rules = [FirstTokenRule(name="ids", ban_ids=(first,))]
        string = model.tokenizer.decode([first])
        if model.tokenizer.encode(string, add_special_tokens=False) == [first]:
            rules.append(FirstTokenRule(name="strings", ban=(string,)))
        for rule in rules:
            [one] = await self._wait(engine.complete(prompt, _ruled(greedy, rule)))
            assert one.token_ids[0] != first, f"rule {rule} was not obeyed: {one}"
        several = FirstTokenRule(name="several", ban=("two words and more",))
        found = await self._wait(engine.complete(prompt, _ruled(greedy, several)))
        assert found == [free], f"a ban of several tokens must be skipped: {found} is not {free}"

    async def test_penalties_act_on_what_was_sampled(
        self, engine: Backend, model: Checkpoint
    ) -> None:
        """A penalty makes a sample repeat itself less, a negative one more; the first token is free."""
        if not engine.capabilities.penalties:
            penalised = Sampling(presence_penalty=1.5, max_tokens=8)
            await self._refused(engine, model, penalised, "a presence penalty")
            return
        prompt = _ask(model, 3)
        both = ({"presence_penalty": size, "frequency_penalty": size} for size in (2.0, -2.0))
        less, more = [
            await self._wait(engine.complete(prompt, _penalised(**one), 8)) for one in both
        ]
        assert _variety(less) > _variety(more), (
            f"penalties of 2 give {_variety(less):.2f} different tokens per token, "
            f"penalties of -2 {_variety(more):.2f}"
        )
        if not engine.capabilities.seeds:
            return
        free = await self._wait(engine.complete(prompt, _penalised(), 8))
        for name in ("presence_penalty", "frequency_penalty"):
            found = await self._wait(engine.complete(prompt, _penalised(**{name: 2.0}), 8))
            assert found != free, f"a {name} of 2 changes none of 8 samples"
            firsts = [[one.token_ids[0] for one in samples] for samples in (found, free)]
            assert firsts[0] == firsts[1], f"{name} acts before anything was sampled"

    async def test_a_schema_is_kept(self, engine: Backend, model: Checkpoint) -> None:
        """At temperature 1, every sample that ended is JSON of the schema."""
        if not engine.capabilities.json_schema:
            pytest.skip("the backend declares no JSON schemas")
        for seed in range(6):
            sampling = Sampling(max_tokens=64, seed=seed, json_schema=SCHEMA)
            [one] = await self._wait(engine.complete(_ask(model, 1), sampling))
            assert one.finish_reason == "stop", f"cut after 64 tokens: {one.text!r}"
            found = json.loads(one.text)
            assert set(found) == {"label", "score"}, f"not of the schema: {one.text!r}"
            assert found["label"] in ("good", "bad"), f"not of the schema: {one.text!r}"
            assert found["score"] in (1, 2, 3), f"not of the schema: {one.text!r}"
        unknown = Sampling(max_tokens=8, json_schema={"type": "no such type"})
        await self._refused(engine, model, unknown, "a schema that is none")

    async def test_what_cannot_be_a_prompt_is_refused(
        self, engine: Backend, model: Checkpoint
    ) -> None:
        """Ids outside the vocabulary never reach an engine: some die of them."""
        for prompt in ([10**8], [*_ask(model, 1), -1]):
            await self._refused(engine, model, Sampling(max_tokens=2), f"prompt {prompt}", prompt)
        [found] = await asyncio.gather(
            engine.complete([], Sampling(max_tokens=2)), return_exceptions=True
        )
        assert isinstance(found, RequestError), f"an empty prompt must be refused, but: {found!r}"

    async def test_a_generating_engine_gives_no_scores(
        self, engine: Backend, model: Checkpoint
    ) -> None:
        """It was opened to complete."""
        with pytest.raises(RequestError):
            await self._wait(engine.score(_ask(model, 1)))

    async def test_what_it_cannot_do_it_refuses(self, engine: Backend, model: Checkpoint) -> None:
        """Never ignored, never fatal."""
        if not engine.capabilities.json_schema:
            schema = Sampling(max_tokens=8, json_schema={"type": "object"})
            await self._refused(engine, model, schema, "a JSON schema")
        if engine.max_context is not None:
            prompt = (_ask(model, 3) * engine.max_context)[: engine.max_context + 1]
            await self._refused(engine, model, Sampling(max_tokens=8), "a long prompt", prompt)

    async def test_many_requests_are_all_answered(self, engine: Backend, model: Checkpoint) -> None:
        """Twice the capacity at once, of every length."""
        many = min(max(2 * engine.capacity, 40), 200)
        jobs = (
            engine.complete(_ask(model, k % 4), Sampling(max_tokens=1 + k % 30, seed=k))
            for k in range(many)
        )
        found = await self._wait(asyncio.gather(*jobs))
        lengths = [len(one.token_ids) for [one] in found]
        wrong = [k for k in range(many) if not 1 <= lengths[k] <= 1 + k % 30]
        assert not wrong, f"requests {wrong} of {many} have a wrong number of tokens"

    async def test_a_cancelled_request_leaves(self, engine: Backend, model: Checkpoint) -> None:
        """Its place is free soon, and the engine goes on."""
        sampling = Sampling(max_tokens=100_000, seed=1)
        tasks = [asyncio.ensure_future(engine.complete(_ask(model, 3), sampling)) for _ in range(4)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._wait(_idle(engine))
        await self._wait(engine.complete(_ask(model, 0), Sampling(max_tokens=2)))

    async def test_the_counters_count(self, engine: Backend, model: Checkpoint) -> None:
        """Sampled tokens are counted, and nothing runs when nothing was asked."""
        before = engine.stats().sampled_tokens
        [one] = await self._wait(engine.complete(_ask(model, 1), Sampling(max_tokens=9, seed=1)))
        counted = engine.stats().sampled_tokens - before
        assert counted >= len(one.token_ids), f"{len(one.token_ids)} sampled, {counted} counted"
        await self._wait(_idle(engine))

    async def test_a_closed_engine_says_so(
        self, contract_checkpoint: str, model: Checkpoint
    ) -> None:
        """``complete`` after ``close`` raises EngineDeadError at once."""
        if not self.opens_twice:
            pytest.skip("the engine cannot be opened twice in one process")
        engine = await self.backend_class.open(self.engine_settings(contract_checkpoint))
        await engine.close()
        with pytest.raises(EngineDeadError):
            await self._wait(engine.complete(_ask(model, 0), Sampling(max_tokens=2)))

    # Helpers.

    async def _wait(self, work: Awaitable[Result]) -> Result:
        try:
            return await asyncio.wait_for(work, self.patience)
        except TimeoutError:
            pytest.fail(f"no answer within {self.patience:g} seconds (raise `patience` if slow)")

    async def _refused(
        self,
        engine: Backend,
        model: Checkpoint,
        sampling: Sampling,
        what: str,
        prompt: Sequence[int] = (),
    ) -> None:
        """The request is refused with a RequestError, and the next one is served."""
        work = engine.complete(prompt or _ask(model, 1), sampling)
        [found] = await self._wait(asyncio.gather(work, return_exceptions=True))
        assert isinstance(found, RequestError), f"{what} must raise RequestError, but: {found!r}"
        assert str(found), f"the RequestError for {what} says nothing"
        await self._wait(engine.complete(_ask(model, 0), Sampling(max_tokens=2)))


def _ask(model: Checkpoint, k: int) -> list[int]:
    """Question ``k`` in the checkpoint's chat format, as ids."""
    if model.chat_template is None:
        ids: Any = model.tokenizer.encode(QUESTIONS[k], add_special_tokens=False)
        return list(ids)
    turns = [{"role": "user", "content": QUESTIONS[k]}]
    text = model.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    return list(model.tokenizer.encode(text, add_special_tokens=False))


def _text(model: Checkpoint, ids: Sequence[int]) -> str:
    text: str = model.tokenizer.decode(
        list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False
    )
    return text


def _seeded(seed: int) -> Sampling:
    return Sampling(seed=seed, max_tokens=12)


def _mixed(k: int, model: Checkpoint, penalties: bool) -> Sampling:
    """Sampling parameters of every kind and length."""
    kinds: tuple[dict[str, Any], ...] = ({}, {"temperature": 0.7}, {"top_p": 0.9}, {"top_k": 20})
    more = {"presence_penalty": 1.5, "frequency_penalty": 0.5} if penalties and k % 3 == 0 else {}
    stops = model.end_token_ids
    kind = {**kinds[k % len(kinds)], **more}
    return Sampling(seed=k, max_tokens=4 + k, stop_token_ids=stops, **kind)


def _penalised(**penalty: float) -> Sampling:
    """Hot and long enough to repeat something, without a stop."""
    return Sampling(temperature=1.5, max_tokens=100, seed=1, **penalty)  # type: ignore[arg-type]


def _variety(samples: Sequence[Completion]) -> float:
    """Different tokens as a share of all, on average."""
    shares = [len(set(one.token_ids)) / len(one.token_ids) for one in samples]
    return sum(shares) / len(shares)


def _ruled(sampling: Sampling, rule: FirstTokenRule) -> Sampling:
    return Sampling(
        temperature=sampling.temperature, max_tokens=sampling.max_tokens, first_token=rule
    )


async def _idle(engine: Backend) -> None:
    """Wait until nothing runs or waits."""
    while (stats := engine.stats()).running or stats.waiting:
        await asyncio.sleep(0.01)
