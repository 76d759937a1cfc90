"""Several temperatures and nuclei in one run, each with a share: which an index is sampled with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from magpie_core.choices import nearest
from magpie_core.control.share import place_at, share_of
from magpie_core.errors import UsageError
from magpie_core.sampling import Sampling

_TOP_PS = (1.0, 0.995, 0.99)
PRESETS: dict[str, dict[tuple[float, float], float]] = {
    "air": {
        **{(t, p): 3.0 for t in (1.0, 1.1, 1.2) for p in _TOP_PS},
        **{(1.25, p): 1.0 for p in _TOP_PS},
    },
    "pro": {(1.0, 1.0): 3.0, (1.1, 0.995): 3.0, (1.2, 0.995): 3.0, (1.25, 0.99): 1.0},
}
"""Temperature and top-p with their weights, as the instructions of Magpie-Air and Magpie-Pro were sampled
(arXiv 2406.08464, table 7)."""
EXAMPLE = "1.0=3,1.1:0.995=3,1.25:0.99"


@dataclass(frozen=True)
class Schedule:
    """Points of (temperature, top-p), drawn by index."""

    points: tuple[tuple[float, float], ...]
    weights: tuple[float, ...]

    def sampling(self, seed: int, index: int, base: Sampling) -> Sampling:
        """``base`` with what ``index`` draws in a run of ``seed``."""
        at = place_at(share_of(seed, index, "schedule"), self.weights)
        temperature, top_p = self.points[at]
        return msgspec.structs.replace(base, temperature=temperature, top_p=top_p)

    def decisive(self) -> list[list[float]]:
        """What decides the samples, as TOML values: part of a run's key."""
        return [[*point, weight] for point, weight in zip(self.points, self.weights, strict=True)]

    def __str__(self) -> str:
        total = sum(self.weights)
        pairs = zip(self.points, self.weights, strict=True)
        return ", ".join(f"T {t:g} top-p {p:g} {weight / total:.1%}" for (t, p), weight in pairs)


def make_schedule(typed: str | None) -> Schedule | None:
    """A preset (``air``, ``pro``), or points as ``TEMPERATURE[:TOP_P][=WEIGHT]`` with commas between.

    Raises:
        UsageError: it is neither, or a number is out of bounds.
    """
    if typed is None:
        return None
    found = PRESETS.get(typed.strip().lower()) or _points(typed)
    return Schedule(tuple(found), tuple(found.values()))


def _points(typed: str) -> dict[tuple[float, float], float]:
    found: dict[tuple[float, float], float] = {}
    for one in typed.split(","):
        point, equals, weight = one.partition("=")
        temperature, colon, top_p = point.partition(":")
        try:
            numbers = (float(temperature), float(top_p) if colon else 1.0)
            share = float(weight) if equals else 1.0
            msgspec.convert({"temperature": numbers[0], "top_p": numbers[1]}, Sampling)
        except (ValueError, msgspec.ValidationError):
            share = 0.0
        if not 0 < share < float("inf"):
            raise _refused(one.strip(), typed)
        if numbers in found:
            raise UsageError(f"`{one.strip()}` stands twice in `{typed}`", hint=EXAMPLE)
        found[numbers] = share
    return found


def _refused(one: str, typed: str) -> UsageError:
    near = nearest(typed, PRESETS)
    return UsageError(
        f"`{one}` is no point of a schedule (temperature 0 to 10, top-p above 0 to 1, a weight above 0; "
        f"presets: {', '.join(PRESETS)})",
        hint=f"did you mean `{near[0]}`?" if near else f"for example: {EXAMPLE}",
    )


def columns_of(sampling: Sampling) -> dict[str, Any]:
    """What was drawn, as columns of the record."""
    return {"instruction_temperature": sampling.temperature, "instruction_top_p": sampling.top_p}
