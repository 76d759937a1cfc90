"""The generation step: one coroutine per record, from the pre-query to a line on disk.

Sample an instruction, clean it, filter it, sample the response, filter that, write the record. A
bounded number of records is in flight and there is no barrier: as one ends the next starts, and the
engine batches what is there. Knows no engine, no family and no terminal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from magpie_core.backend import Backend
from magpie_core.control.schedule import columns_of
from magpie_core.errors import EngineDeadError, MagpieError
from magpie_core.filters import Draft
from magpie_core.plan import Plan
from magpie_core.record import Record, Turn
from magpie_core.run.folder import RunFolder
from magpie_core.run.parts import SYNC_SECONDS
from magpie_core.sampling import Sampling, sample_seed
from magpie_core.steps.answering import Answering
from magpie_core.steps.asking import ask
from magpie_core.steps.follow_up import FollowUps
from magpie_core.steps.judging import Objection
from magpie_core.steps.lead import Lead, OwnLead
from magpie_core.steps.multi_round import follow_up_system
from magpie_core.steps.outcomes import Outcomes, Step, Work
from magpie_core.steps.tally import Tally, tally_of
from magpie_core.steps.twins import NO_ROOM
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
    """Runs a plan into a run folder until enough records are accepted, whichever finish first.

    Args:
        plan: of the run.
        folder: open for writing.
        backend: the engine of the instructions.
        response_backend: that of the responses, where it is another one.
        lead: says which indexes are worked on; None where nobody else works on this run.
    """

    def __init__(
        self,
        plan: Plan,
        folder: RunFolder,
        backend: Backend,
        response_backend: Backend | None = None,
        *,
        lead: Lead | None = None,
    ) -> None:
        self.plan = plan
        self.folder = folder
        self.backend = backend
        self.response_backend = response_backend or backend
        alone = lead is None
        self.tally = (
            tally_of(folder.settled(), plan.recipe.run.n) if alone else Tally(plan.recipe.run.n)
        )
        self._lead: Lead = lead or OwnLead(plan, folder, self.tally)
        self._outcomes = Outcomes(folder, self.tally, plan.key, plan.recipe.run.seed)
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
        self._remembered = False

    async def remember(self, tell: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Take in what is on disk; ``run`` does so where nobody did before.

        Args:
            tell: told how many instructions on disk are embedded, and of how many; only where
                near-duplicates are turned down.
        """
        await self._lead.remember(tell)
        self._remembered = True

    def look_again(self) -> None:
        """The lead has something new to say."""
        self._changed.set()

    async def run(self) -> Tally:
        """Generate until ``n`` records are accepted.

        Raises:
            ExhaustedError: the bound on attempts was reached first.
            EngineDeadError: the engine is gone; what is done is on disk.
            StorageError: a record could not be written; what was written before is whole.
        """
        syncing = asyncio.create_task(self._sync_regularly())
        try:
            if not self._remembered:
                await self.remember()
            while not self._finished():
                if (room := self._room()) and (index := self._lead.next(room)) is not None:
                    self._start(index)
                    continue
                self._changed.clear()
                await self._changed.wait()
        finally:
            syncing.cancel()
            await self._cancel()
            await self._lead.close()
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
        return self._lead.is_over()

    def _room(self) -> int:
        """How many indexes could begin now."""
        limit = self._limit()
        # all may wait for an index that has not begun: then it must, however many there are
        if len(self._tasks) >= 4 * limit and self._busy:
            return 0
        return max(0, limit - self._busy)

    def _limit(self) -> int:
        chosen = self.plan.recipe.run.in_flight
        capacity = self.backend.capacity
        if self.response_backend is not self.backend:
            capacity += self.response_backend.capacity
        return chosen or max(1, int(IN_FLIGHT_PER_CAPACITY * capacity))

    def _start(self, index: int) -> None:
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
        why: tuple[str, str] | None = None
        work = Work(index, Draft(index=index, instruction="", system=self.plan.recipe.run.system))
        draft = work.draft
        try:
            try:
                await self._attempt(work)
            except (EngineDeadError, asyncio.CancelledError):
                raise  # it has not spoken: what a higher index says must wait until it does
            except BaseException:
                self._spoke(index)
                raise
            self._spoke(index)
            _insist("instruction", await self._lead.decide(index, draft.instruction))
        except _Rejected as rejected:
            self._outcomes.reject(work, rejected.step, rejected.objection)
            why = rejected.step, rejected.objection.reason
        except EngineDeadError:
            raise
        except Exception as error:  # one bad row, or a plugin's mistake, never ends the run
            self._outcomes.fail(work, error)
            self._lead.ended(index, None, accepted=False)
            return
        else:
            self._outcomes.accept(work)
        self._lead.ended(index, draft.instruction, accepted=why is None, why=why)

    def _spoke(self, index: int) -> None:
        self._lead.leave(index)
        self._change_busy(-1)

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
        _insist("instruction", await self._lead.meet(work.index, draft.instruction))
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
