"""The generation step: one coroutine per record, from the pre-query to a line on disk.

Sample an instruction, clean it, filter it, sample the response, filter that, write the record. A
bounded number of records is in flight and there is no barrier: as one ends the next starts, and the
engine batches what is there. Knows no engine, no family and no terminal.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from magpie_core.backend import Backend, Completion
from magpie_core.errors import BackendError, EngineDeadError, MagpieError, RequestError
from magpie_core.filters import Draft
from magpie_core.plan import Plan
from magpie_core.record import Failure, Provenance, Record, Rejection
from magpie_core.run.folder import RunFolder
from magpie_core.run.parts import SYNC_SECONDS
from magpie_core.sampling import Sampling, sample_seed
from magpie_core.steps.asking import RETRIES, ask
from magpie_core.steps.duplicates import Duplicates
from magpie_core.steps.judging import Objection
from magpie_core.steps.tally import Tally, exhausted, tally_of
from magpie_core.tagger import TagError
from magpie_core.tagging.engine import BackendEngine
from magpie_core.tagging.gates import GATE, gate_engine

Step = Literal["instruction", "response"]

IN_FLIGHT_PER_CAPACITY = 1.25
"""A few more than the engine works on together, so that it never waits for us (facts: 1.25 × capacity)."""
DUPLICATE = Objection("duplicate", "duplicate")
NO_ROOM = Objection("no_room_for_response", "context")
"""The instruction fills the context."""
HOPELESS = 20
"""This many failures, and more failures than answers, end the run: something is wrong with all of them."""


class _Rejected(Exception):
    """Leaves a record's coroutine with an objection."""

    def __init__(self, step: Step, objection: Objection) -> None:
        self.step: Step = step
        self.objection = objection


@dataclass
class _Work:
    """One record in the making."""

    index: int
    draft: Draft
    step: Step = "instruction"
    raw: str = ""
    instruction_tokens: int = 0
    response: Completion | None = None
    tags: dict[str, Any] = field(default_factory=dict)
    """Columns that gates found."""


class Generation:
    """Runs a plan into a run folder until enough records are accepted.

    The indexes that end up accepted do not depend on timing: an index is started only while all that
    are in flight together could not reach the number wanted, so the last one started is the lowest
    that was needed.
    """

    def __init__(
        self,
        plan: Plan,
        folder: RunFolder,
        backend: Backend,
        response_backend: Backend | None = None,
    ) -> None:
        self.plan = plan
        self.folder = folder
        self.backend = backend
        self.response_backend = response_backend or backend
        self.tally = tally_of(folder.settled(), plan.recipe.run.n)
        self._attempts_before = self.tally.attempts
        self._duplicates = Duplicates()
        self._judge = _judge_of(plan, backend)
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._busy = 0
        self._fatal: BaseException | None = None

    async def run(self) -> Tally:
        """Generate until ``n`` records are accepted.

        Raises:
            ExhaustedError: the bound on attempts was reached first.
            EngineDeadError: the engine is gone; what is done is on disk.
            StorageError: a record could not be written; what was written before is whole.
        """
        indexes = self._remaining()
        syncing = asyncio.create_task(self._sync_regularly())
        try:
            while not await self._finished():
                if self._has_room():
                    self._start(next(indexes))
                    continue
                self._changed.clear()
                await self._changed.wait()
        finally:
            syncing.cancel()
            await self._cancel()
        return self.tally

    async def _sync_regularly(self) -> None:
        """Keep the promise about power cuts when records come slowly."""
        while True:
            await asyncio.sleep(SYNC_SECONDS)
            try:
                self.folder.sync()
            except MagpieError as error:
                self._fatal = self._fatal or error
                self._changed.set()

    def _remaining(self) -> Iterator[int]:
        """Take in what is on disk and yield the indexes that are not settled, ascending."""
        settled = self.folder.settled()
        for record in self.folder.records():
            self._duplicates.remember(record.index, record.instruction, accepted=True)
        for rejection in self.folder.rejections():
            passed = rejection.text if rejection.filter == GATE else rejection.instruction
            if passed is not None:
                self._duplicates.remember(rejection.index, passed, accepted=False)
        return (index for index in count() if index not in settled)

    async def _finished(self) -> bool:
        if self._fatal is not None:
            raise self._fatal
        if self.tally.accepted >= self.tally.wanted:
            return True
        if not self._tasks and self.tally.attempts >= self.plan.max_attempts:
            raise exhausted(self.tally, self.folder.path)
        return False

    def _has_room(self) -> bool:
        tally, limit = self.tally, self._limit()
        return (
            self._busy < limit
            and len(self._tasks) < 4 * limit
            and tally.accepted + len(self._tasks) < tally.wanted
            and tally.attempts + len(self._tasks) < self.plan.max_attempts
        )

    def _limit(self) -> int:
        chosen = self.plan.recipe.run.in_flight
        capacity = self.backend.capacity
        if self.response_backend is not self.backend:
            capacity += self.response_backend.capacity
        return chosen or max(1, int(IN_FLIGHT_PER_CAPACITY * capacity))

    def _start(self, index: int) -> None:
        self._duplicates.start(index)
        task = asyncio.create_task(self._one(index))
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        self._change_busy(1)

    def _change_busy(self, change: int) -> None:
        self._busy += change
        self.tally.in_flight = self._busy
        self._changed.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fatal = self._fatal or error
        self._changed.set()

    async def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _one(self, index: int) -> None:
        """Bring one index to its end: a record, a rejection or a failure on disk."""
        work = _Work(index, Draft(index=index, instruction="", system=self.plan.recipe.run.system))
        try:
            try:
                await self._attempt(work)
            finally:
                self._duplicates.settle(index, None)
                self._change_busy(-1)
            if await self._duplicates.final_twin(index, work.draft.instruction) is not None:
                raise _Rejected("instruction", DUPLICATE)
        except _Rejected as rejected:
            self._write_rejection(work, rejected)
            self._duplicates.finish(index, work.draft.instruction)
        except EngineDeadError:
            raise
        except Exception as error:  # one bad row, or a plugin's mistake, never ends the run
            self._write_failure(work, error)
        else:
            self.folder.append(self._record(work))
            self._duplicates.finish(index, work.draft.instruction)
            self.tally.accepted += 1

    async def _attempt(self, work: _Work) -> None:
        draft = work.draft
        side = self.plan.instruction
        completion = await self._sample(
            self.backend, side.prompts.for_instruction(draft.system), side.sampling, work
        )
        self.tally.instructions += 1
        work.instruction_tokens = len(completion.token_ids)
        draft.instruction = work.raw = completion.text
        draft.finish_reason = completion.finish_reason
        _insist("instruction", self.plan.judges.instruction(draft))
        self._duplicates.settle(work.index, draft.instruction)
        if self._duplicates.twin(work.index, draft.instruction) is not None:
            raise _Rejected("instruction", DUPLICATE)
        await self._pass_gates(work)

        work.step = "response"
        side = self.plan.response
        prompt = side.prompts.for_response(draft.instruction, draft.system)
        if side.context_length is not None and len(prompt) >= side.context_length:
            raise _Rejected("instruction", NO_ROOM)
        completion = await self._sample(self.response_backend, prompt, side.sampling, work)
        self.tally.response_tokens += len(completion.token_ids)
        work.response = completion
        draft.response = completion.text.strip()
        draft.finish_reason = completion.finish_reason
        _insist("response", self.plan.judges.response(draft))

    async def _pass_gates(self, work: _Work) -> None:
        """Let the gates judge the instruction; what they found becomes the record's columns."""
        if self.plan.gates is None:
            return
        draft = work.draft
        record = Record(
            id=self._id(work.index),
            index=work.index,
            instruction=draft.instruction,
            response="",
            system=draft.system,
        )
        work.tags, objection = await self.plan.gates.judge(record, self._judge)
        _insist("instruction", objection)

    def _id(self, index: int) -> str:
        return f"{self.plan.key}-{index:08d}"

    async def _sample(
        self, backend: Backend, prompt: list[int], sampling: Sampling, work: _Work
    ) -> Completion:
        seed = sample_seed(self.plan.recipe.run.seed, work.index, work.step)
        completion = await ask(backend, prompt, sampling, seed)
        self.tally.tokens += len(completion.token_ids)
        return completion

    def _record(self, work: _Work) -> Record:
        assert work.response is not None
        assert work.draft.response is not None
        return Record(
            id=self._id(work.index),
            index=work.index,
            instruction=work.draft.instruction,
            response=work.draft.response,
            system=work.draft.system,
            extra=work.tags,
            provenance=Provenance(
                run=self.plan.key,
                seed=self.plan.recipe.run.seed,
                instruction_tokens=work.instruction_tokens,
                response_tokens=len(work.response.token_ids),
                response_finish=work.response.finish_reason,
            ),
        )

    def _write_rejection(self, work: _Work, rejected: _Rejected) -> None:
        late = rejected.step == "response"
        self.folder.append(
            Rejection(
                index=work.index,
                step=rejected.step,
                reason=rejected.objection.reason,
                filter=rejected.objection.by,
                text=(work.draft.response or "") if late else work.draft.instruction or work.raw,
                instruction=work.draft.instruction if late else None,
            )
        )
        self.tally.rejected[rejected.step, rejected.objection.reason] += 1

    def _write_failure(self, work: _Work, error: Exception) -> None:
        reason = str(error).strip() or type(error).__name__
        if not isinstance(error, MagpieError):
            reason = f"{type(error).__name__}: {reason}"
        self.folder.append(
            Failure(index=work.index, step=work.step, error=reason, attempts=_attempts(error))
        )
        self.tally.failed += 1
        answered = self.tally.attempts - self._attempts_before - self.tally.failed
        if self.tally.failed >= HOPELESS and self.tally.failed > answered:
            raise EngineDeadError(
                f"{self.tally.failed} records failed and {answered} did not, the last with: {reason}",
                hint=f"see {shlex.quote(str(self.folder.path / 'failures'))}",
            )


def _judge_of(plan: Plan, backend: Backend) -> BackendEngine | None:
    """The engine of the instructions as gates see it; None where nobody asks it."""
    if plan.gates is None or not plan.gates.ask_an_engine:
        return None
    side = plan.instruction
    return gate_engine(
        backend,
        side.checkpoint,
        side.family,
        side.chat,
        plan.recipe.run.date,
        side.context_length,
    )


def _attempts(error: Exception) -> int:
    retried = isinstance(error, BackendError) and not isinstance(error, RequestError)
    retried |= isinstance(error, TagError)
    return RETRIES + 1 if retried else 1


def _insist(step: Step, objection: Objection | None) -> None:
    if objection is not None:
        raise _Rejected(step, objection)
