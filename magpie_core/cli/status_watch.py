"""``magpie status --watch``: a run as it goes on in another process, until nobody works on it."""

from __future__ import annotations

import json
import shlex
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from magpie_core.cli.console import stdout, visible
from magpie_core.cli.live import clock, one_line
from magpie_core.cli.status_report import print_status, read_status

FIRST_RATE_SECONDS = 5.0
"""Before so long a rate says little."""


def watch_status(run: Path, seconds: float, *, as_json: bool) -> None:
    """Look at ``run`` every so many seconds while some process writes to it.

    A terminal shows the newest state in place; anything else gets a line for each look.
    """
    first = report = read_status(run)
    begin = time.monotonic()
    console = stdout()
    drawn = console.is_terminal and not console.is_dumb_terminal and not as_json
    live = Live(console=console, auto_refresh=False, transient=True) if drawn else None
    if live is not None:
        live.start()
    try:
        while True:
            rate = _rate(first, report, time.monotonic() - begin)
            if live is not None:
                live.update(_drawn(report, rate), refresh=True)
            elif as_json:
                print(json.dumps(report, ensure_ascii=False), flush=True)
            else:
                console.print(_line(report, rate), soft_wrap=True)
                sys.stdout.flush()
            if report["writer"] is None:
                break
            time.sleep(seconds)
            report = read_status(run)
    finally:
        if live is not None:
            live.stop()
    if not as_json:
        print_status(report, shlex.quote(str(run)))


def _rate(first: dict[str, Any], now: dict[str, Any], seconds: float) -> float | None:
    """Records a second since it was first looked at; None where that says little."""
    gained = now["accepted"] - first["accepted"]
    return gained / seconds if seconds >= FIRST_RATE_SECONDS and gained else None


def _drawn(report: dict[str, Any], rate: float | None) -> Group:
    top = Table.grid(padding=(0, 1))
    wanted = report["wanted"] or report["accepted"]
    bar = ProgressBar(total=max(wanted, 1), completed=report["accepted"], width=24)
    top.add_row(bar, f"{report['accepted']:,}/{wanted:,} accepted", f"ETA {_left(report, rate)}")
    return Group(top, one_line(_line(report, rate)))


def _line(report: dict[str, Any], rate: float | None) -> str:
    rejected = report["rejected"]
    most = ", ".join(f"{reason} {count:,}" for reason, count in list(rejected.items())[:5])
    of = "" if report["wanted"] is None else f"/{report['wanted']:,}"
    shown = f" ({most})" if most else ""
    return visible(  # a reason is what a line on disk says
        f"{report['accepted']:,}{of} accepted, rejected: {sum(rejected.values()):,}{shown}, "
        f"{'?' if rate is None else f'{rate:.1f}'} records/s, ETA {_left(report, rate)}"
    )


def _left(report: dict[str, Any], rate: float | None) -> str:
    if rate is None or report["wanted"] is None:
        return clock(None)
    return clock((report["wanted"] - report["accepted"]) / rate)
