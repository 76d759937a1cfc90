"""Records per second against distilabel's Magpie, both on transformers and the same checkpoint.

distilabel needs an environment of its own, which the Makefile makes (it has not followed the newest
transformers and datasets)::

    python benchmarks/against_distilabel.py --python .venv-distilabel/bin/python -n 100

Both sides are timed from the start of the process to its end. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from magpie_tiny import CHECKPOINT


def distilabel(python: str, records: int, most: int) -> float:
    """Records per second of the other side."""
    side = Path(__file__).with_name("distilabel_side.py")
    command = [python, str(side), str(CHECKPOINT), str(records), str(most)]
    said = _last_line(command)
    return said["records"] / said["seconds"]


def magpie(records: int, most: int) -> float:
    """Records per second of ours."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        said = _last_line(
            [
                *(
                    sys.executable,
                    "-c",
                    "from magpie_core.cli import main; main()",
                    "run",
                    "--json",
                ),
                *("--checkpoint", str(CHECKPOINT), "--dtype", "float32", "-n", str(records)),
                *("--max-instruction-tokens", str(most), "--max-response-tokens", str(most)),
                *("-o", str(Path(folder) / "run")),
            ]
        )
    return said["accepted"] / (time.monotonic() - begin)


def _last_line(command: list[str]) -> dict[str, float]:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
    )
    if done.returncode:
        sys.exit(f"failed ({done.returncode}):\n{done.stderr[-3000:]}")
    text = done.stdout.strip()
    said: dict[str, float] = json.loads(text if text.startswith("{") else text.splitlines()[-1])
    return said


def main() -> None:
    """Measure both, one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--python", required=True, help="of the environment with distilabel")
    parser.add_argument("-n", type=int, default=100)
    parser.add_argument("--max-tokens", type=int, default=256)
    options = parser.parse_args()
    theirs = distilabel(options.python, options.n, options.max_tokens)
    ours = magpie(options.n, options.max_tokens)
    report = {
        "records": options.n,
        "distilabel_records_per_second": round(theirs, 2),
        "magpie_records_per_second": round(ours, 2),
        "ratio": round(ours / theirs, 1),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
