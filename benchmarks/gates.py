"""Response tokens paid per kept record: a gate before the response against the same gate after it.

The gate keeps 34 % of the instructions, about as many as pass the paper's own filter in Magpie-Pro. It
stands for any judgement of an instruction: here it goes by a hash, so both runs keep the same ones.
Prints one JSON object.

    python benchmarks/gates.py -n 200
"""

from __future__ import annotations

import argparse
import hashlib
import json
from typing import ClassVar

from engines import Run, plugins_with, run

from magpie_core import Draft, Filter
from magpie_core.filters import Stage

KEPT = 0.34


def passes(instruction: str) -> bool:
    """Whether the gate keeps an instruction."""
    digest = hashlib.blake2b(instruction.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") < KEPT * 2**32


class EarlyGate(Filter):
    """Judges the instruction before its response is paid for."""

    name: ClassVar[str] = "gate"
    stages: ClassVar[tuple[Stage, ...]] = ("instruction",)

    def reject(self, draft: Draft) -> str | None:
        """Return ``gate``, or None to keep."""
        return None if passes(draft.instruction) else "gate"


class LateGate(EarlyGate):
    """The same judgement, made of the finished record."""

    stages: ClassVar[tuple[Stage, ...]] = ("response",)


def main() -> None:
    """Run both and print the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--checkpoint", default="tiny")
    parser.add_argument("--backend", default="transformers")
    parser.add_argument("-n", type=int, default=200, help="kept records on each side")
    options = parser.parse_args()
    recipe = (
        f'run = {{checkpoint = "{options.checkpoint}", backend = "{options.backend}", n = {options.n}, '
        "seed = 1, pilot = 0}\ninstruction.max_tokens = 512\nresponse.max_tokens = 512\n"
    )
    early, late = (
        run(recipe, plugins_with(register_filters=lambda gate=gate: [gate]))
        for gate in (EarlyGate, LateGate)
    )
    report = {"before": _side(early), "after": _side(late)}
    report["ratio"] = round(
        report["before"]["response_tokens_per_kept"] / report["after"]["response_tokens_per_kept"],
        3,
    )
    report["ratio_of_time"] = round(early.seconds / late.seconds, 3)
    print(json.dumps(report, indent=2))


def _side(done: Run) -> dict[str, float]:
    return {
        "kept": done.accepted,
        "attempts": done.attempts,
        "response_tokens_per_kept": round(done.response_tokens / done.accepted, 1),
        "tokens_per_kept": round(done.tokens / done.accepted, 1),
        "seconds": round(done.seconds, 1),
    }


if __name__ == "__main__":
    main()
