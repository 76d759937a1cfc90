"""The generation step: one coroutine per record, from the pre-query to a line on disk.

Sample an instruction, clean it, filter it, sample the response, filter that, write the record. A
bounded number of records is in flight and there is no barrier: as one ends the next starts, and the
engine batches what is there. Knows no engine, no family and no terminal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from magpie_core.apportion import apportioned
from magpie_core.backend import Backend
from magpie_core.control.schedule import columns_of
from magpie_core.errors import EngineDeadError, MagpieError
from magpie_core.filters import Draft
from magpie_core.plan import Plan
from magpie_core.record import Record, Turn
from magpie_core.run.folder import RunFolder
from magpie_core.run.parts import SYNC_SECONDS
from magpie_core.run.settled import Settled
from magpie_core.sampling import Sampling, sample_seed
from magpie_core.steps.answering import Answering
from magpie_core.steps.asking import ask
from magpie_core.steps.follow_up import FollowUps
from magpie_core.steps.indexes import ByShares, Indexes, InOrder
from magpie_core.steps.judging import Objection
from magpie_core.steps.multi_round import follow_up_system
from magpie_core.steps.outcomes import Outcomes, Step, Work
from magpie_core.steps.tally import Tally, exhausted, tally_of
from magpie_core.steps.twins import NO_ROOM, how_many_passed, make_twins, passed_filters
from magpie_core.tagging.engine import BackendEngine
from magpie_core.tagging.gates import gate_engine

IN_FLIGHT_PER_CAPACITY = 1.25
"""A few more than the engine works on together, so that it never waits for us (facts: 1.25 × capacity)."""


class _Rejected(Exception):
    """Leaves a record's coroutine with an objection."""

    def __init__(self, step: Step, objection: Objection) -> None:
        self.step: Step = step
        self.objection = objection


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
        self._outcomes = Outcomes(folder, self.tally, plan.key, plan.recipe.run.seed)
        self._twins = make_twins(plan.near, folder.path)
        self._judge = _judge_of(plan, backend)
        self._answering = Answering(
            plan.response, self.response_backend, plan.recipe.run.seed, plan.reasoning_budget
        )
        self._follow_ups = FollowUps(
            plan,
            backend,
            self._answering,
            plan.recipe.run.turns,
            follow_up_system(plan.recipe.run.follow_up_system),
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._busy = 0
        self._fatal: BaseException | None = None
        self._indexes: Indexes | None = None

    async def remember(self, tell: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Take in what is on disk; ``run`` does so where nobody did before.

        Args:
            tell: told how many instructions on disk are embedded, and of how many; only where
                near-duplicates are turned down.
        """
        settled = self.folder.settled()
        total = how_many_passed(settled)
        try:
            await self._twins.remember(passed_filters(self.folder), lambda done: tell(done, total))
        except BaseException:
            await self._twins.close()
            raise
        self._indexes = self._unsettled(settled)

    def _unsettled(self, settled: Settled) -> Indexes:
        """The indexes to work on; of what is steered by weights as many of each kind as its weight says."""
        control, run = self.plan.control, self.plan.recipe.run
        if control is None or len(kinds := control.kinds()) == 1:
            return InOrder(settled)
        return ByShares(
            settled,
            settled.accepted,
            partial(control.kind, run.seed),
            apportioned(run.n, kinds),
            may_come=self._twins.start,
            stays_away=self._twins.leave,
        )

    async def run(self) -> Tally:
        """Generate until ``n`` records are accepted.

        Raises:
            ExhaustedError: the bound on attempts was reached first.
            EngineDeadError: the engine is gone; what is done is on disk.
            StorageError: a record could not be written; what was written before is whole.
        """
        syncing = asyncio.create_task(self._sync_regularly())
        try:
            if self._indexes is None:
                await self.remember()
            assert self._indexes is not None
            while not self._finished():
                if self._has_room() and (index := self._indexes.next()) is not None:
                    self._start(index)
                    continue
                self._changed.clear()
                await self._changed.wait()
        finally:
            syncing.cancel()
            await self._cancel()
            await self._twins.close()
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

    def _finished(self) -> bool:
        if self._fatal is not None:
            raise self._fatal
        if self.tally.accepted >= self.tally.wanted:
            return True
        if not self._tasks and self.tally.attempts >= self.plan.max_attempts:
            assert self._indexes is not None
            raise exhausted(self.tally, self.folder.path, self._indexes.missing())
        return False

    def _has_room(self) -> bool:
        tally, limit = self.tally, self._limit()
        return (
            self._busy < limit
            # all may wait for an index that has not begun: then it must, however many there are
            and (len(self._tasks) < 4 * limit or not self._busy)
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
        self._twins.start(index)
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
        assert self._indexes is not None
        accepted = False
        work = Work(index, Draft(index=index, instruction="", system=self.plan.recipe.run.system))
        try:
            try:
                await self._attempt(work)
            finally:
                self._twins.leave(index)
                self._change_busy(-1)
            _insist("instruction", await self._twins.decide(index, work.draft.instruction))
        except _Rejected as rejected:
            self._outcomes.reject(work, rejected.step, rejected.objection)
        except EngineDeadError:
            raise
        except Exception as error:  # one bad row, or a plugin's mistake, never ends the run
            self._outcomes.fail(work, error)
            self._indexes.ended(index, accepted=False)
            return
        else:
            self._outcomes.accept(work)
            accepted = True
        self._indexes.ended(index, accepted=accepted)
        self._twins.finish(index, work.draft.instruction)

    async def _attempt(self, work: Work) -> None:
        draft = work.draft
        side = self.plan.instruction
        prompt = side.prompts.for_instruction(self._steered(work))
        seed = sample_seed(self.plan.recipe.run.seed, work.index, work.step)
        completion = await ask(self.backend, prompt, self._scheduled(work), seed)
        self.tally.tokens += len(completion.token_ids)
        self.tally.instructions += 1
        work.instruction_tokens = len(completion.token_ids)
        draft.instruction = work.raw = completion.text
        draft.finish_reason = completion.finish_reason
        draft.columns = work.tags
        _insist("instruction", self.plan.judges.instruction(draft))
        _insist("instruction", await self._twins.meet(work.index, draft.instruction))
        await self._pass_gates(work)

        work.step = "response"
        side = self.plan.response
        prompt = side.prompts.for_response(draft.instruction, draft.system)
        if side.context_length is not None and len(prompt) >= side.context_length:
            raise _Rejected("instruction", NO_ROOM)
        answer = await self._answering.one(prompt, work.index, work.step)
        self.tally.tokens += answer.tokens
        self.tally.response_tokens += answer.tokens
        work.answer = answer
        work.tags |= answer.columns()
        draft.response = answer.shown
        draft.finish_reason = answer.finish_reason
        _insist("response", answer.objection or self.plan.judges.response(draft))
        await self._go_on(work)

    async def _go_on(self, work: Work) -> None:
        """Let the conversation grow where more than one exchange is wanted."""
        run, draft = self.plan.recipe.run, work.draft
        if run.turns == 1:
            return
        begun = [Turn("user", draft.instruction), Turn("assistant", draft.response or "")]
        if draft.system is not None:
            begun.insert(0, Turn("system", draft.system))
        assert work.answer is not None
        grown = await self._follow_ups.grow(work.index, begun, [work.answer.reasoning])
        self.tally.tokens += grown.tokens
        work.tags |= grown.columns()

    def _scheduled(self, work: Work) -> Sampling:
        """The sampling of an instruction, where there are several the one its index draws."""
        sampling, schedule = self.plan.instruction.sampling, self.plan.schedule
        if schedule is None:
            return sampling
        sampling = schedule.sampling(self.plan.recipe.run.seed, work.index, sampling)
        work.tags |= columns_of(sampling)
        return sampling

    def _steered(self, work: Work) -> str | None:
        """The system prompt an instruction is sampled under: the run's own, and what it is steered to."""
        own, control = work.draft.system, self.plan.control
        if control is None:
            return own
        steered = control.steer(self.plan.recipe.run.seed, work.index)
        work.tags |= steered.columns
        return steered.system if own is None else f"{own}\n{steered.system}"

    async def _pass_gates(self, work: Work) -> None:
        """Let the gates judge the instruction; what they found becomes the record's columns."""
        if self.plan.gates is None:
            return
        draft = work.draft
        record = Record(
            id=self._outcomes.id(work.index),
            index=work.index,
            instruction=draft.instruction,
            response="",
            system=draft.system,
        )
        found, objection = await self.plan.gates.judge(record, self._judge)
        work.tags |= found
        _insist("instruction", objection)


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


def _insist(step: Step, objection: Objection | None) -> None:
    if objection is not None:
        raise _Rejected(step, objection)
