"""What comes of an index, as a line on disk and a count: record, rejection, failure. Samples nothing."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import Any, Literal

from magpie_core.errors import BackendError, EngineDeadError, MagpieError, RequestError
from magpie_core.filters import Draft
from magpie_core.record import Failure, Provenance, Record, Rejection
from magpie_core.run.folder import RunFolder
from magpie_core.secrecy import struck
from magpie_core.steps.answering import Answer
from magpie_core.steps.asking import RETRIES
from magpie_core.steps.judging import Objection
from magpie_core.steps.tally import Tally
from magpie_core.tagger import TagError

Step = Literal["instruction", "response"]

HOPELESS = 20
"""This many failures, and more failures than answers, end the run: something is wrong with all of them."""
IN_A_ROW = 100
"""This many failures with no answer between them end it too, however much went well before: an engine whose
GPU context is lost (``CUDA error``) answers nothing any more. Each was asked for three times by then."""


@dataclass
class Work:
    """One record in the making."""

    index: int
    draft: Draft
    step: Step = "instruction"
    raw: str = ""
    instruction_tokens: int = 0
    answer: Answer | None = None
    tags: dict[str, Any] = field(default_factory=dict)
    """Columns of the record besides the core's."""


class Outcomes:
    """Writes what comes of each index into the run folder, and counts it.

    Args:
        folder: open for writing.
        tally: counts of the run so far.
        key: of the run.
        seed: of the run.
    """

    def __init__(self, folder: RunFolder, tally: Tally, key: str, seed: int) -> None:
        self._folder = folder
        self._tally = tally
        self._key = key
        self._seed = seed
        self._attempts_before = tally.attempts
        self._in_a_row = 0

    def id(self, index: int) -> str:
        """Id of the record that ``index`` becomes."""
        return f"{self._key}-{index:08d}"

    def accept(self, work: Work) -> None:
        """``work`` is a record.

        Raises:
            StorageError: it could not be written; nothing was counted.
        """
        self._folder.append(self._record(work))
        self._tally.accepted += 1
        self._in_a_row = 0

    def reject(self, work: Work, step: Step, objection: Objection) -> None:
        """``work`` was turned down at ``step``.

        Raises:
            StorageError: it could not be written; nothing was counted.
        """
        late = step == "response"
        self._folder.append(
            Rejection(
                index=work.index,
                step=step,
                reason=objection.reason,
                filter=objection.by,
                text=(work.draft.response or "") if late else work.draft.instruction or work.raw,
                instruction=work.draft.instruction if late else None,
            )
        )
        self._tally.rejected[step, objection.reason] += 1
        self._in_a_row = 0

    def fail(self, work: Work, error: Exception) -> None:
        """``work`` was given up because of ``error``.

        Raises:
            EngineDeadError: most of this session's indexes fail, or all of the last ones.
            StorageError: it could not be written; nothing was counted.
        """
        reason = str(error).strip() or type(error).__name__
        if not isinstance(error, MagpieError):
            reason = f"{type(error).__name__}: {reason}"
        reason = struck(reason)
        self._folder.append(
            Failure(index=work.index, step=work.step, error=reason, attempts=_attempts(error))
        )
        tally = self._tally
        tally.failed += 1
        self._in_a_row = 0 if isinstance(error, RequestError) else self._in_a_row + 1
        answered = tally.attempts - self._attempts_before - tally.failed
        most_fail = tally.failed >= HOPELESS and tally.failed > answered
        if most_fail or self._in_a_row >= IN_A_ROW:
            what = (
                f"{tally.failed} records failed and {answered} did not"
                if most_fail
                else f"the last {self._in_a_row} records all failed"
            )
            raise EngineDeadError(
                f"{what}, the last with: {reason}",
                hint=f"see {shlex.quote(str(self._folder.path / 'failures'))}",
            )

    def _record(self, work: Work) -> Record:
        assert work.answer is not None
        assert work.draft.response is not None
        return Record(
            id=self.id(work.index),
            index=work.index,
            instruction=work.draft.instruction,
            response=work.draft.response,
            system=work.draft.system,
            extra=work.tags,
            provenance=Provenance(
                run=self._key,
                seed=self._seed,
                instruction_tokens=work.instruction_tokens,
                response_tokens=work.answer.tokens,
                response_finish=work.answer.finish_reason,
            ),
        )


def _attempts(error: Exception) -> int:
    retried = isinstance(error, BackendError) and not isinstance(error, RequestError)
    retried |= isinstance(error, TagError)
    return RETRIES + 1 if retried else 1
