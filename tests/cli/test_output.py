"""What commands print: JSON for programs, nothing when quiet, and no text that drives the terminal."""

from __future__ import annotations

import io
import json
import re
import time

import pytest
from rich.console import Console

from magpie_core import EngineStats, Record, Rejection
from magpie_core.cli.display import Rates, RunDisplay, rejected
from magpie_core.cli.live import clock
from magpie_core.cli.main import COMMANDS
from magpie_core.cli.tag_display import TagDisplay
from magpie_core.run.folder import RunFolder
from magpie_core.steps.tally import Tally
from magpie_core.tagging.tally import TaggerTally, TagTally


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_has_help_with_examples(magpie, command):
    said = magpie(command, "--help")
    assert said.code == 0
    assert f"magpie {command}" in said.out.split("Examples:")[1]


def test_json_is_one_object_on_stdout(magpie, checkpoint, tmp_path):
    said = magpie(
        "run",
        "--checkpoint",
        checkpoint,
        "--backend",
        "fake",
        "-n",
        5,
        "-o",
        tmp_path / "r",
        "--json",
    )
    assert json.loads(said.out)["accepted"] == 5
    assert said.err == ""


def test_quiet_prints_nothing(magpie, checkpoint, tmp_path):
    said = magpie(
        "run", "--checkpoint", checkpoint, "--backend", "fake", "-n", 5, "-o", tmp_path / "r", "-q"
    )
    assert (said.code, said.out, said.err) == (0, "", "")


@pytest.mark.parametrize(
    "args", [("families",), ("plugins",), ("doctor",), ("status",), ("probe",)], ids=lambda a: a[0]
)
def test_json_of_the_other_commands(magpie, fake_run, checkpoint, args):
    more = {"status": [fake_run], "probe": [checkpoint]}.get(args[0], [])
    json.loads(magpie(*args, *more, "--json").out)


def test_no_row_can_drive_the_terminal(magpie, fake_run):
    nasty = "\x1b]0;owned\x07\x1b[2J[bold red]markup[/] \u202eabc\x00"
    with RunFolder.open(fake_run, write=True) as folder:
        folder.append(Record(id="x-1000", index=1000, instruction=nasty, response=nasty))
        folder.append(
            Rejection(index=1001, step="instruction", reason="[/nonsense]", filter="x", text=nasty)
        )
    for args in (["--skip", 12], ["--rejected"]):
        said = magpie("show", fake_run, *args)
        assert said.code == 0, said.err
        assert "[bold red]markup[/]" in said.out, "markup must be shown as it is"
        assert "\x1b" not in said.out
        assert "\x07" not in said.out
        assert "\u202e" not in said.out


def test_show_says_when_there_is_nothing(magpie, fake_run):
    assert "no rejected records" in magpie("show", fake_run, "--rejected").out
    assert "no records" in magpie("show", fake_run, "--skip", 99).out


class Still:
    def stats(self):
        return EngineStats(running=3, waiting=4)


def test_the_live_display_fits_80_columns():
    tally = Tally(wanted=1_000_000, accepted=123_456)
    tally.rejected.update({("instruction", f"some_long_reason_{i}"): 10**i for i in range(7)})
    screen = io.StringIO()
    display = RunDisplay(Console(file=screen, force_terminal=True, width=80), quiet=False)
    display.start(tally, [Still()])
    time.sleep(0.3)
    display.stop()
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())
    assert "123,456/1,000,000 accepted" in plain
    assert "engine: 3 running, 4 waiting" in plain
    assert max(len(line) for line in plain.replace("\r", "\n").split("\n")) <= 80


def tag_tally():
    taggers = [
        TaggerTally("quality", "tags/quality", before=7, wanted=90_000, tagged=40_000, failed=3),
        TaggerTally("a_long_name", "tags/a_long_name", wanted=90_000, retried=2, cut=1),
    ]
    return TagTally(taggers, records=90_007)


def test_the_display_of_tagging_fits_80_columns():
    screen = io.StringIO()
    display = TagDisplay(Console(file=screen, force_terminal=True, width=80), quiet=False)
    display.start(tag_tally(), [Still()])
    time.sleep(0.3)
    display.stop()
    display.stop()
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())
    assert "40,003/90,000 (and 7 before), 3 failed" in plain
    assert "0/90,000, 2 asked again, 1 cut" in plain
    assert "engine: 3 running, 4 waiting" in plain
    assert max(len(line) for line in plain.replace("\r", "\n").split("\n")) <= 80


@pytest.mark.parametrize("kind", [RunDisplay, TagDisplay])
def test_where_nothing_can_be_redrawn_lines_are_printed_until_it_stops(kind, monkeypatch):
    monkeypatch.setattr("magpie_core.cli.live.PLAIN_EVERY_SECONDS", 0.01)
    screen = io.StringIO()
    display = kind(Console(file=screen, width=80), quiet=False)
    display.start(tag_tally() if kind is TagDisplay else Tally(wanted=9), [Still()])
    end = time.monotonic() + 60
    while screen.getvalue().count("\n") < 3 and time.monotonic() < end:
        time.sleep(0.01)
    display.stop()
    lines = screen.getvalue().splitlines()
    assert len(lines) >= 3
    assert all("ETA " in line for line in lines)
    quiet = kind(Console(file=screen, width=80), quiet=True)
    quiet.start(tag_tally() if kind is TagDisplay else Tally(wanted=9), [Still()])
    time.sleep(0.05)
    quiet.stop()
    assert screen.getvalue().splitlines() == lines


def test_rates_and_eta():
    tally = Tally(wanted=100, accepted=40, resumed=40)
    rates = Rates(tally)
    assert rates.read()[2] is None, "no ETA before anything was gained"
    tally.accepted, tally.instructions, tally.tokens = 70, 50, 5000
    time.sleep(0.05)
    instructions, tokens, eta = rates.read()
    assert instructions > 0
    assert tokens == pytest.approx(100 * instructions)
    assert eta is not None
    assert eta > 0


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "-:--"), (0, "0:00"), (61.4, "1:01"), (3723, "1:02:03")]
)
def test_clock(seconds, text):
    assert clock(seconds) == text


def test_rejections_are_summed_over_steps():
    tally = Tally(wanted=1, failed=2)
    tally.rejected.update(
        {("instruction", "empty"): 2, ("response", "empty"): 3, ("response", "no_stop"): 1}
    )
    assert rejected(tally) == "6 (empty 5, no_stop 1); 2 failed"
