"""An engine that hangs is given up; one that is slow, or has nothing to do, is not."""

from __future__ import annotations

import pytest

from magpie_core import EngineDeadError
from magpie_core.run.events import read_events
from magpie_core.watchdog import Watchdog


def test_patience_begins_anew_with_everything_that_comes():
    tokens = 0
    dog = Watchdog(1)
    dog.started(lambda: (0, tokens), lambda: 3)
    dog.look(0)
    dog.look(59)
    tokens += 1
    dog.look(100)
    dog.look(159)
    with pytest.raises(
        EngineDeadError, match="no engine has answered for 1 minutes, with 3 records"
    ):
        dog.look(161)


@pytest.mark.parametrize(("minutes", "patience"), [(1, 60), (90, 90)])
def test_an_engine_that_never_opens_is_given_up_but_not_for_a_short_patience(minutes, patience):
    dog = Watchdog(minutes)
    dog.look(60 * patience - 1)
    with pytest.raises(EngineDeadError, match=f"not open after {patience} minutes"):
        dog.look(60 * patience)


def test_who_has_nothing_to_do_does_not_hang():
    dog = Watchdog(1)
    dog.started(lambda: (0,), lambda: 0)
    dog.look(0)
    dog.look(1e6)


def test_no_end_of_patience():
    dog = Watchdog(0)
    dog.look(1e9)
    dog.started(lambda: (0,), lambda: 1)
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


STEPS = {
    "tag": ("tag", "{run}", "quality"),
    "extend": ("extend", "{run}", "--turns", "2"),
    "prefer": ("prefer", "{run}", "--by", "majority", "--samples", "2"),
}


@pytest.fixture
def step(magpie, fake_run, checkpoint):
    """Calls a step over a run; its engine answers after so many seconds."""

    def call(name, delay, *more):
        engine = ("--checkpoint", checkpoint, "--backend", "fake", "--engine-option")
        said = (part.format(run=fake_run) for part in STEPS[name])
        return magpie(*said, *engine, f"delay={delay}", *more)

    return call


@pytest.mark.parametrize("name", STEPS)
def test_a_step_whose_engine_hangs_ends_too(step, name):
    said = step(name, 600, "--engine-timeout", "0.01")
    assert said.code == 6
    assert "no engine has answered for 0.01 minutes, with 12 records" in said.err


@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_takes_too_long_stops(step, name):
    said = step(name, 600, "--max-hours", "0.0005")
    assert said.code == 9
    assert "--max-hours 0.0005 is reached, with 0 of 12 done" in said.err
    assert step(name, 0, "--max-hours", "0").code == 2
