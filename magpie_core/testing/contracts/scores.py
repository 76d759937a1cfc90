"""What every backend that declares ``scores`` must do, as tests to inherit. Needs pytest and ``magpie-tiny``.

The checkpoint is the embedded model with a reward head of fixed random weights; the expected values are
transformers' own in float32::

    from magpie_core.testing.contracts.scores import ScoreContract

    class TestMyScores(ScoreContract):
        backend_class = MyEngine
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar

import pytest
import pytest_asyncio

from magpie_core.backend import Backend, EngineSettings
from magpie_core.checkpoint import Checkpoint, open_checkpoint
from magpie_core.errors import RequestError
from magpie_core.sampling import Sampling
from magpie_core.testing.contracts.contract import Contract

TALKS = ("Hi", "What is 2 plus 3?", "Write a short story about a boat. " * 6, "¿Qué tal?", "你好")


class ScoreContract(Contract):
    """Inherit it and name ``backend_class``; an inherited check may only be xfailed with a reason."""

    backend_class: ClassVar[type[Backend]]
    tolerance: ClassVar[float] = 1e-3
    """How far a score may be from transformers' own, absolute; scores are about 1 in size."""
    labels: ClassVar[int] = 1

    pytestmark = pytest.mark.asyncio(loop_scope="class")

    @classmethod
    def engine_settings(cls, checkpoint: str) -> EngineSettings:
        """How the engine is opened."""
        return EngineSettings(checkpoint=checkpoint, task="score", dtype="float32")

    @pytest.fixture(scope="class")
    @classmethod
    def reward_folder(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """The embedded model with a reward head."""
        reward = pytest.importorskip("magpie_tiny.reward", reason="needs magpie-tiny and torch")
        return Path(reward.reward_checkpoint(tmp_path_factory.mktemp("reward"), labels=cls.labels))

    @pytest_asyncio.fixture(scope="class", loop_scope="class")
    @classmethod
    async def scorer(cls, reward_folder: Path) -> AsyncIterator[Backend]:
        """The engine under test, opened once for the class."""
        engine = await cls.backend_class.open(cls.engine_settings(str(reward_folder)))
        yield engine
        await engine.close()

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls, reward_folder: Path) -> Checkpoint:
        """The checkpoint's tokenizer and facts."""
        return open_checkpoint(str(reward_folder))

    async def test_it_declares_scores(self, scorer: Backend) -> None:
        """What it can do stands in its capabilities."""
        assert scorer.capabilities.scores, "opened with task=score, but its capabilities claim none"

    async def test_raw_scores_are_those_of_transformers(
        self, scorer: Backend, model: Checkpoint, reward_folder: Path
    ) -> None:
        """All at once, of every length; no sigmoid, no softmax, no token added."""
        prompts = [model.tokenizer.encode(talk, add_special_tokens=False) for talk in TALKS * 8]
        found = await asyncio.gather(*(scorer.score(ids) for ids in prompts))
        from magpie_tiny.reward import expected_scores

        expected = expected_scores(reward_folder, prompts[: len(TALKS)]) * 8
        for talk, got, wanted in zip(TALKS * 8, found, expected, strict=True):
            assert got == pytest.approx(wanted, abs=self.tolerance), f"scores of {talk!r}"

    async def test_a_bad_prompt_is_one_row(self, scorer: Backend, model: Checkpoint) -> None:
        """It is refused, and the next one is scored."""
        for prompt in ([], [10**8]):
            with pytest.raises(RequestError):
                await scorer.score(prompt)
        found = await scorer.score(model.tokenizer.encode("Hi"))
        assert len(found) == self.labels, f"a head of {self.labels} outputs gave {found}"

    async def test_it_completes_nothing(self, scorer: Backend, model: Checkpoint) -> None:
        """A reward head writes no tokens."""
        with pytest.raises(RequestError):
            await scorer.complete(model.tokenizer.encode("Hi"), Sampling(max_tokens=2))
