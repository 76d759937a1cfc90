"""What is different about single tokens' logits, as a logits processor inside vLLM.

vLLM has two model runners with an interface each; this class answers to both, and follows no version
number. The engine is told of it by name (``names.PROCESSOR``); as an entry point of vLLM's it would be
loaded into every engine on the machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vllm.v1.sample.logits_processor import LogitsProcessor as FirstRunner

from magpie_backend_vllm.names import BAN, DIVIDE, DIVIDE_FIRST

try:
    from vllm.v1.worker.gpu.sample.logits_processor import LogitsProcessor as SecondRunner
except ImportError:  # before vLLM 0.32 there is one interface

    class SecondRunner:  # type: ignore[no-redef]
        """Stands in for the interface that is not there."""


@dataclass
class Edit:
    """What to do to one request's logits."""

    ban: list[int] = field(default_factory=list)
    """Ids that may not come first."""
    divide_first: float = 1.0
    divide: float = 1.0
    """The logits of every token are divided by it, the first one's by both."""

    @classmethod
    def of(cls, parameters: Any) -> Edit | None:
        """The edit that a request asks for; None for most."""
        asked = getattr(parameters, "extra_args", None) or {}
        if not {BAN, DIVIDE_FIRST, DIVIDE} & asked.keys():
            return None
        return cls(
            list(asked.get(BAN) or ()),
            float(asked.get(DIVIDE_FIRST, 1.0)),
            float(asked.get(DIVIDE, 1.0)),
        )

    def apply(self, logits: Any, *, first: bool) -> None:
        """Change one row (shape: vocabulary) in place."""
        divisor = self.divide * self.divide_first if first else self.divide
        if divisor != 1.0:
            logits.div_(divisor)
        if first and self.ban:
            logits[self.ban] = float("-inf")


class TokenEdits(FirstRunner, SecondRunner):  # type: ignore[misc]
    """Applies the edits that requests ask for; rows without any cost nothing."""

    def __init__(self, vllm_config: Any, *others: Any) -> None:
        # the first runner passes a device and whether memory is pinned, the second its requests' state
        self._state = others[0] if len(others) == 1 else None
        self._rows: dict[int, tuple[Edit, Any]] = {}
        """By batch row, with the live list of ids sampled so far; in the second runner by slot."""

    @classmethod
    def validate_params(cls, sampling_params: Any) -> None:
        """Raise ValueError when an edit cannot be applied."""
        edit = Edit.of(sampling_params)
        if edit is None:
            return
        if not (edit.divide_first > 0 and edit.divide > 0):
            raise ValueError("logits can only be divided by a number above 0")
        if not all(isinstance(one, int) and one >= 0 for one in edit.ban):
            raise ValueError(f"`{BAN}` must be a list of token ids")

    def is_argmax_invariant(self) -> bool:
        """A ban changes the likeliest token, so greedy samples need it too."""
        return False

    def update_state(self, batch_update: Any) -> None:
        """First runner: rows left, joined and moved, in this order."""
        if batch_update is None:
            return
        for row in batch_update.removed:
            self._rows.pop(row, None)
        for row, parameters, _prompt, sampled in batch_update.added:
            self._set(row, Edit.of(parameters), sampled)
        for a, b, direction in batch_update.moved:
            moved, other = self._rows.pop(a, None), self._rows.pop(b, None)
            if moved is not None:
                self._rows[b] = moved
            if other is not None and direction.name == "SWAP":
                self._rows[a] = other

    def add_request(self, req_idx: int, sampling_params: Any) -> bool:
        """Second runner: a request takes a slot that another may have had."""
        edit = Edit.of(sampling_params)
        self._set(req_idx, edit, None)
        return edit is not None

    def apply(self, logits: Any, ctx: Any = None) -> Any:
        """Change the rows (shape: rows by vocabulary) in place."""
        if self._rows:
            self._apply_by_row(logits) if ctx is None else self._apply_by_slot(logits, ctx)
        return logits

    def _apply_by_row(self, logits: Any) -> None:
        done = []
        for row, (edit, sampled) in self._rows.items():
            first = len(sampled) == 0
            edit.apply(logits[row], first=first)
            if not first and edit.divide == 1.0:
                done.append(row)
        for row in done:
            del self._rows[row]

    def _apply_by_slot(self, logits: Any, ctx: Any) -> None:
        assert self._state is not None
        for row, slot in enumerate(ctx.idx_mapping_np.tolist()):
            if slot in self._rows:
                # exact without speculative decoding, with which no custom processor is loaded
                seen = int(ctx.seq_lens_upper_bound_np[row])
                first = seen == int(self._state.prompt_len.np[slot])
                self._rows[slot][0].apply(logits[row], first=first)

    def _set(self, row: int, edit: Edit | None, sampled: Any) -> None:
        if edit is None:
            self._rows.pop(row, None)
        else:
            self._rows[row] = (edit, sampled)
