"""Write docs/images/run.svg: a real run in a terminal of 88 columns, as it stood at its end. No test runs it.

    python docs/write_recording.py

What a terminal would do with the few control sequences of a live display is done here; rich draws it.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

TARGET = Path(__file__).parent / "images" / "run.svg"
WIDE = 88
COMMANDS = (
    "magpie run --family llama3 --checkpoint tiny -n 100 --seed 1 -o runs/first",
    "magpie show runs/first -n 2",
)
CONTROL = re.compile(r"\x1b\[(\d*)([A-Za-ln-z])|\x1b\[\?\d+[hl]|\r(?!\n)")


def said(command: str, folder: str) -> str:
    """What ``command`` writes to a terminal."""
    ours, theirs = pty.openpty()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {
        **os.environ,
        "PATH": path,
        "COLUMNS": str(WIDE),
        "LINES": "40",
        "TERM": "xterm-256color",
    }
    process = subprocess.Popen(
        command.split(), stdout=theirs, stderr=theirs, cwd=folder, env=environment
    )
    os.close(theirs)
    data = b""
    while True:
        try:
            data += (new := os.read(ours, 65536))
        except OSError:
            break
        if not new:
            break
    assert process.wait() == 0, data.decode()
    return data.decode("utf-8")


def settled(raw: str) -> str:
    """The lines that are left when everything was written over that is."""
    lines, at = [""], 0
    for piece in re.split(r"(\r?\n)", raw):
        if piece in ("\n", "\r\n"):
            at += 1
            if at == len(lines):
                lines.append("")
            continue
        begin = 0
        for found in CONTROL.finditer(piece):
            lines[at] += piece[begin : found.start()]
            begin = found.end()
            if found[2] == "A":
                at = max(0, at - int(found[1] or 1))
            elif found[2] == "K" or found[0] == "\r":
                lines[at] = ""
        lines[at] += piece[begin:]
    return "\n".join(lines).strip("\n")


def main() -> None:
    """Run the commands and draw them."""
    console = Console(record=True, width=WIDE, file=StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory() as folder:
        for command in COMMANDS:
            console.print(Text("$ ", style="bold green") + Text(command, style="bold"))
            console.print(Text.from_ansi(settled(said(command, folder))))
            console.print()
    svg = console.export_svg(title="magpie", unique_id="magpie")
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)  # they would come from a server
    svg = svg.replace(
        "Fira Code, monospace", "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
    )
    TARGET.write_text(re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE), "utf-8")


if __name__ == "__main__":
    main()
