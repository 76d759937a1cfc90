"""The tagging step: records through taggers into their columns, a bounded number at a time.

There is no barrier between taggers or batches: as one unit of work ends the next starts. Knows no
terminal, no family, and of an engine only its capacity.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from magpie_core.dataset.columns import FAILURES, Lines
from magpie_core.errors import EngineDeadError, MagpieError, RequestError
from magpie_core.record import Record
from magpie_core.run.parts import SYNC_SECONDS
from magpie_core.secrecy import struck
from magpie_core.tagger import TagError, Tagger
from magpie_core.tagging.engine import BackendEngine
from magpie_core.tagging.tally import TaggerTally

RETRIES = 2
"""A record without an answer, or with one that breaks the schema, is asked about this often again."""
IN_FLIGHT_PER_CAPACITY = 1.25
"""As in the generation step: a few more than the engine works on together."""
HOPELESS = 20
"""This many failures, and more of them than tags, end the call: something is wrong with all of them."""
IN_A_ROW = 100
"""This many without one answer between them end it too, however much went well before: an engine whose GPU
context is lost answers nothing any more. What a tagger could not read counts as an answer."""


@dataclass
class Job:
    """One tagger at work."""

    tagger: Tagger
    columns: Lines
    wrong: Callable[[Any], str | None]
    """Says what is wrong with columns, see ``schemas.checker``."""
    engine: BackendEngine | None
    tally: TaggerTally


class Tagging:
    """Runs jobs over records until each has its columns or a failure.

    Args:
        jobs: the taggers; they share the records and, where they need one, the engine.
        records: every record, in any order; what a job has done is passed over.
        in_flight: units worked on at once.
    """

    def __init__(self, jobs: Sequence[Job], records: Iterable[Record], in_flight: int) -> None:
        self._jobs = jobs
        self._records = records
        self._limit = max(1, in_flight)
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._fatal: BaseException | None = None

    async def run(self) -> None:
        """Tag everything.

        Raises:
            EngineDeadError: the engine is gone, or nearly everything fails; what is done is on disk.
            StorageError: the disk refused; what was written before is whole.
        """
        syncing = asyncio.create_task(self._sync_regularly())
        try:
            for job, records in self._units():
                await self._room()
                task = asyncio.create_task(self._unit(job, records))
                self._tasks.add(task)
                task.add_done_callback(self._ended)
            while self._tasks:
                await self._wait()
            self._raise_fatal()
        finally:
            syncing.cancel()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(syncing, *self._tasks, return_exceptions=True)

    def _units(self) -> Iterator[tuple[Job, list[Record]]]:
        """A job and the records it is given together: one, or as many as its tagger's ``batch``."""
        waiting: dict[str, list[Record]] = {job.tally.name: [] for job in self._jobs}
        for record in self._records:
            for job in self._jobs:
                if record.id in job.columns.done:
                    continue
                batch = waiting[job.tally.name]
                batch.append(record)
                if len(batch) >= job.tagger.batch:
                    waiting[job.tally.name] = []
                    yield job, batch
        for job in self._jobs:
            if waiting[job.tally.name]:
                yield job, waiting[job.tally.name]

    async def _room(self) -> None:
        while len(self._tasks) >= self._limit:
            await self._wait()
        self._raise_fatal()

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()
        self._raise_fatal()

    def _raise_fatal(self) -> None:
        if self._fatal is not None:
            raise self._fatal

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fatal = self._fatal or error
        self._changed.set()

    async def _sync_regularly(self) -> None:
        """Keep the promise about power cuts when tags come slowly."""
        while True:
            await asyncio.sleep(SYNC_SECONDS)
            try:
                for job in self._jobs:
                    job.columns.sync()
            except MagpieError as error:
                self._fatal = self._fatal or error
                self._changed.set()

    async def _unit(self, job: Job, records: list[Record]) -> None:
        """Bring some records to their columns or a failure."""
        left = records
        for attempt in range(RETRIES + 1):
            results = await _ask(job, left, attempt)
            again: list[Record] = []
            for record, result in zip(left, results, strict=True):
                if not isinstance(result, Exception):
                    job.columns.add(record.id, result)
                    job.tally.tagged += 1
                    job.tally.in_a_row = 0
                elif isinstance(result, TagError) and attempt < RETRIES:
                    again.append(record)
                else:
                    self._fail(job, record, result)
            if attempt == 0:
                job.tally.retried += len(again)
            if not again:
                return
            left = again

    def _fail(self, job: Job, record: Record, error: Exception) -> None:
        reason = str(error).strip() or type(error).__name__
        if not isinstance(error, MagpieError | TagError):
            reason = f"{type(error).__name__}: {reason}"
        reason = struck(reason)
        job.columns.fail(record.id, reason)
        tally = job.tally
        tally.failed += 1
        answered = isinstance(error, TagError | RequestError)
        tally.in_a_row = 0 if answered else tally.in_a_row + 1
        most_fail = tally.failed >= HOPELESS and tally.failed > tally.tagged + tally.before
        if most_fail or tally.in_a_row >= IN_A_ROW:
            what = (
                f"{tally.failed} records failed and {tally.tagged} did not"
                if most_fail
                else f"the last {tally.in_a_row} records all failed"
            )
            raise EngineDeadError(
                f"tagger `{tally.name}`: {what}, the last with: {reason}",
                hint=_remedy(job, error),
            )


def _remedy(job: Job, error: Exception) -> str:
    """What may help where nearly every record fails."""
    if isinstance(error, MagpieError) and error.hint:
        return error.hint
    if job.tagger.remedy is not None:
        return job.tagger.remedy
    if job.tagger.answer is not None and not (job.engine and job.engine.holds_schemas):
        return (
            "choose a checkpoint that follows the instruction, or a backend that holds answers to a "
            "schema: --backend vllm"
        )
    return f"every reason is in {job.columns.folder / FAILURES}"


async def _ask(
    job: Job, records: list[Record], attempt: int
) -> Sequence[dict[str, Any] | Exception]:
    """What the tagger says of each record, checked; an error of the whole call counts for each."""
    engine = job.engine.again(attempt) if job.engine is not None else None
    try:
        results = list(await job.tagger.tag(records, engine))
    except EngineDeadError:
        raise
    except Exception as error:  # one bad row, or a plugin's mistake, never ends the call
        return [error] * len(records)
    finally:
        if engine is not None and attempt == 0:
            job.tally.cut += engine.cuts
    if len(results) != len(records):
        wrong = ValueError(f"{len(results)} answers for {len(records)} records")
        return [wrong] * len(records)
    return [_checked(job, one) for one in results]


def _checked(job: Job, result: dict[str, Any] | TagError) -> dict[str, Any] | TagError:
    if isinstance(result, TagError):
        return result
    wrong = job.wrong(result)
    return result if wrong is None else TagError(f"against the schema: {wrong}")
