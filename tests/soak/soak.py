"""Kills, torn lines and full disks at random moments, over every step; nothing may be lost or be there twice.

    make soak                                       200 kills and 25 full disks, ten minutes
    python tests/soak/soak.py --kills 20 --seed 7   a shorter one

Each step is done once undisturbed, and once in a process that is killed again and again, whose last line is
torn now and then, and whose disk fills up. At the end both must hold the same. Prints a line a step; exit code 1
where one differs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from magpie_core.testing.processes import start_magpie
from magpie_tiny import CHECKPOINT

TORN_SHARE = 0.3
"""Of the kills are followed by a torn line, as a power cut leaves one."""
FULL = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))"
N = 400
TEXTS = [f"Please tell me more about number {number}, and why." for number in range(900)]
ANSWERS = [
    "Thinking. The answer is 4.",
    "The answer is 5.",
    "I say 4. The answer is 4.",
    "It is 6.",
]
LABELS = ['{"clarity": "low"}', '{"clarity": "high"}']


class Step(NamedTuple):
    """A command, where it writes, and what of that must be the same."""

    name: str
    command: Callable[[Path], list[object]]
    folders: tuple[str, ...]
    """Below the run: parts of these are torn, and compared."""
    second: str = ""
    """The one of a second phase: once it holds lines the others are on the disk, and no power cut tears them."""


class Counted(NamedTuple):
    """What was done to a step."""

    kills: int = 0
    torn: int = 0
    full: int = 0


def recipe(path: Path, texts: list[str], more: str = "", delay: float = 0.02) -> Path:
    """A recipe for the fake engine."""
    path.write_text(
        f"[run]\nbackend = 'fake'\nseed = 5\nn = {N}\ncheckpoint = '{CHECKPOINT}'\npilot = 0\n"
        f"in_flight = 8\n{more}\n[engine.options]\ndelay = {delay}\ntexts = {json.dumps(texts)}\n"
        '[taggers.clarity]\nprompt = "How clear is this? {instruction}"\n'
        'columns = { clarity = ["low", "high"] }\n'
    )
    return path


def steps(work: Path) -> list[Step]:
    """Every step, on runs of the fake engine."""
    talks = recipe(work / "run.toml", TEXTS, "turns = 2\n[control]\ntasks = 'math=2,code,advice'")
    tag = recipe(work / "tag.toml", LABELS)
    fake = ["--checkpoint", CHECKPOINT, "--backend", "fake", "--in-flight", "8"]
    slow = ["--engine-option", "delay=0.02", "--engine-option"]
    return [
        Step("run", lambda run: ["run", talks, "-o", run], ("records", "rejects")),
        Step(
            "tag",
            lambda run: [
                "tag",
                run,
                "clarity",
                "--recipe",
                tag,
                *fake,
                *slow,
                f"texts={json.dumps(LABELS)}",
            ],
            ("tags/clarity",),
        ),
        Step(
            "extend",
            lambda run: [
                "extend",
                run,
                "--turns",
                "4",
                *fake,
                *slow,
                f"texts={json.dumps(TEXTS[:200])}",
            ],
            ("turns/extended",),
        ),
        Step(
            "prefer",
            lambda run: [
                *("prefer", run, "--by", "majority", "--samples", "4", *fake),
                *(*slow, f"texts={json.dumps(ANSWERS)}"),
            ],
            ("preferences/preferred", "preferences/preferred/sampled"),
            second="preferences/preferred",
        ),
        Step("dedup", lambda run: ["dedup", run, "--embedder", "minilm"], ("neighbours/minilm",)),
    ]


def contents(run: Path, folders: tuple[str, ...]) -> dict[str, list[Any]]:
    """Every complete line of the parts, in an order of its own: who finished first is no matter."""
    found = {}
    for folder in folders:
        parts = sorted((run / folder).glob("part-*.jsonl"))
        lines = [line for part in parts for line in part.read_bytes().split(b"\n")[:-1]]
        found[folder] = sorted(json.dumps(json.loads(line), sort_keys=True) for line in lines)
    return found


def tear(run: Path, step: Step, draw: random.Random) -> bool:
    """Cut the last line of a part in the middle; False where there is none."""
    parts = [part for one in step.folders for part in (run / one).glob("part-*.jsonl")]
    parts = [part for part in parts if part.stat().st_size]
    parts = [part for part in parts if part.parent == run / step.second] or parts
    if not parts:
        return False
    part = draw.choice(parts)
    data = part.read_bytes()
    begin = data[:-1].rfind(b"\n") + 1
    part.write_bytes(data[: draw.randrange(begin, len(data))])
    return True


def ended(command: list[object], first: str = "") -> tuple[int, str, float]:
    """Run it to its end: exit code, what it said, seconds."""
    begin = time.monotonic()
    process = start_magpie(*command, "-q", first=first)
    _, said = process.communicate()
    return process.returncode, said, time.monotonic() - begin


def size(run: Path, folders: tuple[str, ...]) -> int:
    """Bytes of the largest part."""
    parts = [part for one in folders for part in (run / one).glob("part-*.jsonl")]
    return max(part.stat().st_size for part in parts)


def disturb(
    step: Step, run: Path, seconds: float, largest: int, wanted: Counted, draw: random.Random
) -> Counted:
    """Kill it, tear its lines, fill its disk; then let it end.

    Args:
        step: what is done.
        run: where.
        seconds: how long it takes undisturbed.
        largest: bytes of its largest part: a disk is full before that.
        wanted: how many of each.
        draw: decides when.
    """
    kills = torn = full = tries = 0
    while kills < wanted.kills and tries < 3 * wanted.kills:
        tries += 1
        process = start_magpie(*step.command(run), "-q")
        time.sleep(draw.uniform(0.1, 1.0) * seconds)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        _, said = process.communicate()
        if "Traceback" in said:
            sys.exit(f"{step.name}: a traceback after {kills} kills:\n{said}")
        if draw.random() < TORN_SHARE:
            torn += tear(run, step, draw)
        if full < wanted.full:
            code, said, _ = ended(
                step.command(run), FULL.format(draw.randrange(largest // 50, largest // 4))
            )
            full += code == 5
            if "Traceback" in said:
                sys.exit(f"{step.name}: a traceback on a full disk:\n{said}")
    code, said, _ = ended(step.command(run))
    if code:
        sys.exit(f"{step.name}: it does not end after {kills} kills ({code}):\n{said}")
    return Counted(kills, torn, full)


def main() -> None:
    """Do it all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--full", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*")
    options = parser.parse_args()
    draw = random.Random(options.seed)
    bad = 0
    with tempfile.TemporaryDirectory(prefix="magpie-soak-") as folder:
        work = Path(folder)
        whole, disturbed = work / "whole", work / "disturbed"
        chosen = steps(work)
        print(f"{'step':10}{'kills':>7}{'torn':>7}{'full':>7}{'lines':>9}  the same")
        total = Counted()
        for number, step in enumerate(chosen):
            code, said, seconds = ended(step.command(whole))
            if code:
                sys.exit(f"{step.name}: {said}")
            share = [
                one // len(chosen) + (number < one % len(chosen))
                for one in (options.kills, options.full)
            ]
            skipped = options.only and step.name not in options.only
            wanted = Counted(0, 0, 0) if skipped else Counted(share[0], 0, share[1])
            largest = size(whole, step.folders)
            done = disturb(step, disturbed, seconds, largest, wanted, draw)
            ours, theirs = contents(disturbed, step.folders), contents(whole, step.folders)
            same = ours == theirs
            bad += not same
            lines = sum(map(len, theirs.values()))
            print(
                f"{step.name:10}{done.kills:>7}{done.torn:>7}{done.full:>7}{lines:>9}  {'yes' if same else 'NO'}",
                flush=True,
            )
            if not same:
                for name in ours:
                    more, less = (
                        set(ours[name]) - set(theirs[name]),
                        set(theirs[name]) - set(ours[name]),
                    )
                    print(
                        f"  {name}: {len(ours[name])} lines for {len(theirs[name])}; {len(more)} only here, {len(less)} missing"
                    )
                    print("   ", *sorted(more)[:1], *sorted(less)[:1], sep="\n    ")
            total = Counted(*map(sum, zip(total, done, strict=True)))
        print(f"{'all':10}{total.kills:>7}{total.torn:>7}{total.full:>7}")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
