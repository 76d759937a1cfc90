"""The selections of published Magpie data sets, as the SQL they are. Knows no data.

Sources: the published notebook and model cards; Magpie paper (arXiv 2406.08464), Table 5.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from magpie_core.choices import nearest
from magpie_core.errors import UsageError
from magpie_core.selection.request import Request

FIRST_OF_ITS_KIND = "(min_similar_conversation_id IS NULL OR min_similar_conversation_id = id)"
"""No near-duplicate stands before it; the column names the first of them, or the row itself."""
NO_COLON = "NOT instruction LIKE '%:'"
LONGEST = "length(response)"


class Preset(msgspec.Struct, frozen=True):
    """A published selection."""

    name: str
    what: str
    """Which data it made."""
    where: tuple[str, ...]
    top: int | None = None
    """So many of the longest responses, last."""
    balance: tuple[str, ...] = ()
    n: int | None = None
    shuffle: bool = False

    def add_to(self, request: Request, *, longest: bool) -> Request:
        """``request`` with the preset's steps before its own; numbers it gives itself win.

        Args:
            request: what was asked for besides.
            longest: whether to keep the step that takes the longest responses.

        Raises:
            UsageError: the request chooses in another way than the preset.
        """
        if self.balance and request.top is not None:
            raise UsageError(
                f"the preset `{self.name}` balances, it has no --top", hint=f"-n {request.top}"
            )
        other = bool(request.balance or request.quota or (request.top is not None and request.by))
        ranks = self.top is not None and longest and not other
        balances = bool(self.balance) and not other
        return replace(
            request,
            where=(*self.where, *request.where),
            top=(request.top or self.top) if ranks else request.top,
            by=LONGEST if ranks else request.by,
            balance=self.balance if balances else request.balance,
            n=(request.n or self.n) if balances else request.n,
            shuffle=self.shuffle or request.shuffle,
        )


PRESETS = {
    one.name: one
    for one in (
        Preset(
            "air",
            "Magpie-Air filtered (Table 5); reward_difference is to a base model's response",
            (
                "input_quality >= 'good'",
                "difficulty >= 'medium'",
                "min_neighbor_distance > 0",
                "reward_difference > 0",
            ),
            top=300_000,
        ),
        Preset(
            "pro",
            "Magpie-Pro filtered (Table 5)",
            ("input_quality >= 'average'", "min_neighbor_distance > 0", "instruct_reward > -12"),
            top=300_000,
        ),
        Preset(
            "notebook",
            "the published notebook",
            (
                "input_quality IN ('good', 'excellent')",
                "instruct_reward > -10",
                NO_COLON,
                FIRST_OF_ITS_KIND,
            ),
            top=300_000,
            shuffle=True,
        ),
        Preset(
            "chinese",
            "the Chinese 200K set",
            ("input_quality >= 'average'", "instruct_reward >= -10", FIRST_OF_ITS_KIND, NO_COLON),
            top=200_000,
        ),
        Preset(
            "preference",
            "instructions of the preference 100K set",
            ("difficulty >= 'medium'", "input_quality >= 'good'", "instruct_reward >= -5"),
            balance=("task_category",),
            n=100_000,
        ),
    )
}


def preset(name: str) -> Preset:
    """The preset called ``name``.

    Raises:
        UsageError: there is none.
    """
    if name in PRESETS:
        return PRESETS[name]
    near = nearest(name.lower(), PRESETS)
    raise UsageError(
        f"unknown preset `{name}` (known: {', '.join(PRESETS)})",
        hint=f"did you mean `{near[0]}`?" if near else "magpie select --presets",
    )
