"""Measure every family's checkpoint on the real engine: what it writes, and how well it answers.

python -m family_training.evaluate --count 200 --out figures.json
"""

import argparse
import asyncio
import json
import tempfile
from pathlib import Path

from magpie_core.plan import make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.recipe import (
    EngineSection,
    Recipe,
    ResponseSection,
    RunSection,
    SamplingSection,
)
from magpie_core.session import execute
from magpie_tiny_families.catalogue import MEMBERS, Member
from tiny_training.check import Verdict, judge, understand

SHORT = 256


def rows(folder: Path) -> list[dict]:
    """The lines of one kind in a run folder."""
    parts = sorted(folder.glob("part-*.jsonl"))
    return [json.loads(line) for part in parts for line in part.read_text("utf-8").splitlines()]


def figures(member: Member, count: int, seed: int, folder: Path) -> dict[str, object]:
    """A run of ``count`` records, counted."""
    recipe = Recipe(
        run=RunSection(family=member.family, checkpoint=member.name, n=count, seed=seed),
        instruction=SamplingSection(max_tokens=SHORT, temperature=1.0, top_p=1.0),
        response=ResponseSection(max_tokens=SHORT, temperature=0.0),
        engine=EngineSection(dtype="float32"),
    )
    plugins = load_plugins()
    outcome = asyncio.run(execute(make_plan(recipe, plugins), plugins, folder))
    records, rejects = rows(folder / "records"), rows(folder / "rejects")
    verdicts = []
    for record in records:
        answer = record["response"].rpartition("</think>")[2].strip()
        verdicts.append(judge(record["instruction"], answer)[0])
    judged = [v for v in verdicts if v in (Verdict.RIGHT, Verdict.WRONG)]
    readings = [understand(record["instruction"]) for record in records]
    attempts = len(records) + len(rejects)
    unended = sum(r["step"] == "instruction" and r["reason"] == "no_stop" for r in rejects)
    return {
        "architecture": member.architecture,
        "attempts": attempts,
        "ended": round(1 - unended / attempts, 4),
        "accepted": round(len(records) / attempts, 4),
        "well_formed": round(sum(bool(r) and r[0].well_posed for r in readings) / count, 4),
        "right": round(sum(v is Verdict.RIGHT for v in judged) / max(1, len(judged)), 4),
        "judged": len(judged),
        "records_per_second": round(count / outcome.seconds, 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="records for each family")
    parser.add_argument("--family", action="append", help="only this one; may be repeated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    measured = {}
    for member in MEMBERS:
        if options.family and member.family not in options.family:
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = figures(member, options.count, options.seed, Path(folder) / "run")
        measured[member.family] = found
        print(member.family, json.dumps(found), flush=True)
    if options.out:
        options.out.write_text(json.dumps(measured, indent=1) + "\n")


if __name__ == "__main__":
    main()
