"""An engine that hangs is given up; one that is slow, or has nothing to do, is not."""

from __future__ import annotations

import pytest

from magpie_core import EngineDeadError
from magpie_core.run.events import read_events
from magpie_core.steps.tally import Tally
from magpie_core.watchdog import Watchdog


def test_patience_begins_anew_with_everything_that_comes():
    tally = Tally(wanted=9, in_flight=3)
    dog = Watchdog(1)
    dog.look(1e9)
    dog.started(tally)
    dog.look(0)
    dog.look(59)
    tally.tokens += 1
    dog.look(100)
    dog.look(159)
    with pytest.raises(
        EngineDeadError, match="no engine has answered for 1 minutes, with 3 records"
    ):
        dog.look(161)


def test_who_has_nothing_to_do_does_not_hang():
    dog = Watchdog(1)
    dog.started(Tally(wanted=9))
    dog.look(0)
    dog.look(1e6)


def test_no_end_of_patience():
    dog = Watchdog(0)
    dog.started(Tally(wanted=9, in_flight=1))
    dog.look(0)
    dog.look(1e9)


def test_a_run_whose_engine_hangs_ends_and_goes_on(magpie, checkpoint, tmp_path):
    run = tmp_path / "run"
    fake = ("--checkpoint", checkpoint, "--backend", "fake", "--pilot", "0", "-o", run)
    assert magpie("run", *fake, "-n", "2", "-q").code == 0
    hangs = ("--engine-option", "delay=600", "--engine-timeout", "0.01")
    said = magpie("resume", run, "-n", "5", *hangs)
    assert said.code == 6
    assert "no engine has answered for 0.01 minutes" in said.err
    assert f"magpie resume {run}" in said.err
    assert list(read_events(run))[-1]["how"] == "EngineDeadError"
    assert magpie("resume", run, "--engine-option", "delay=0", "-q").code == 0
