"""How far a run was at which moment, read from its events: sessions, kills, clocks, damaged lines."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core.run.events import FILE, EventLog
from magpie_core.run.rates import rates
from magpie_core.testing.processes import start_magpie, wait_for

BEGIN = datetime(2026, 1, 31, 12, tzinfo=UTC)


def event(seconds, event="progress", *, time=BEGIN, pid=7, **facts):
    at = time + timedelta(seconds=seconds)
    return {
        "time": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
        "step": "generate",
        "event": event,
        "seconds": seconds,
        "pid": pid,
        **facts,
    }


def far(accepted, tokens=0, rejected=0):
    return {"accepted": accepted, "rejected": rejected, "sampled_tokens": tokens}


def written(folder, *events):
    lines = [one if isinstance(one, str) else json.dumps(one) for one in events]
    (folder / FILE).write_text("".join(f"{line}\n" for line in lines))
    return folder


def test_tokens_add_up_over_sessions_and_a_killed_one_ends_with_its_last_event(tmp_path):
    later = BEGIN + timedelta(hours=2)
    run = written(
        tmp_path,
        event(0.5, "opening", what="an engine"),
        event(2, "started", **far(0)),
        event(32, **far(10, 400, 3)),
        event(0.4, "opening", what="an engine", time=later, pid=8),
        event(1, "started", time=later, pid=8, **far(12, 0, 3)),
        event(11, "ended", how="done", time=later, pid=8, **far(20, 300, 5)),
    )
    points = rates(run)
    assert [(one.session, one.accepted, one.rejected, one.tokens) for one in points] == [
        (0, 0, 0, 0),
        (0, 10, 3, 400),
        (1, 12, 3, 400),
        (1, 20, 5, 700),
    ]
    assert points[1].time == BEGIN + timedelta(seconds=32)
    assert points[3].time == later + timedelta(seconds=11)


def test_a_clock_that_jumps_does_not_move_a_session(tmp_path):
    run = written(
        tmp_path,
        event(2, "started", **far(0)),
        event(32, time=BEGIN - timedelta(days=3), **far(10)),
        event(62, time=BEGIN + timedelta(days=3), **far(20)),
    )
    assert [(one.time - BEGIN).total_seconds() for one in rates(run)] == [2, 32, 62]


def test_two_sessions_of_one_process_are_two(tmp_path):
    run = written(
        tmp_path,
        event(1, "started", **far(0)),
        event(2, "ended", how="done", **far(5, 50)),
        event(3, "started", **far(5)),
        event(4, "ended", how="done", **far(9, 40)),
        event(2, "started", **far(9)),
        event(6, **far(12, 30)),
    )
    points = rates(run)
    assert [one.session for one in points] == [0, 0, 1, 1, 2, 2]
    assert points[-1].tokens == 120


def test_other_steps_and_damaged_lines_are_passed_over(tmp_path):
    good = event(1, "started", **far(0)), event(31, **far(4, 10))
    run = written(
        tmp_path,
        '{"time": "2026-01',
        good[0],
        {**event(5, **far(99)), "step": "tag"},
        {**event(6, **far(99)), "time": "yesterday"},
        {**event(7, **far(99)), "time": 3},
        {**event(8, **far(99)), "seconds": "8"},
        {**event(8, **far(99)), "seconds": 1e300},
        {**event(9, **far(99)), "accepted": None},
        {**event(9, **far(99)), "accepted": -1},
        "[]",
        good[1],
    )
    assert [one.accepted for one in rates(run)] == [0, 4]


def test_a_run_without_events_has_no_points(tmp_path):
    assert rates(tmp_path) == []


@settings(deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["time", "step", "event", "seconds", "pid", "accepted", "rejected"]),
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.sampled_from(["generate", "0001-01-01T00:00:00Z", "2026-01-01T00:00:00", "ended"]),
        )
    )
)
def test_whatever_a_file_holds_is_read(tmp_path_factory, lines):
    folder = tmp_path_factory.mktemp("run")
    for session in pairwise(rates(written(folder, *lines))):
        assert session[0].session <= session[1].session


def test_a_run_in_parts_that_was_killed_has_all_its_sessions(magpie, checkpoint, tmp_path):
    run = tmp_path / "run"
    slow = ("--engine-option", "delay=0.05", "--in-flight", "2")
    child = start_magpie(
        "run", "--checkpoint", checkpoint, "--backend", "fake", "--pilot", 0, *slow, "-n", 400,
        "--seed", 3, "-o", run, "-q",
    )  # fmt: skip
    wait_for(lambda: len(rates(run)) >= 2, child)
    child.kill()
    child.communicate()
    assert magpie("resume", run, "--engine-option", "delay=0", "-q").code == 0
    points = rates(run)
    assert {one.session for one in points} == {0, 1}
    assert points[-1].accepted == 400
    assert all(a.accepted <= b.accepted and a.tokens <= b.tokens for a, b in pairwise(points))
    assert points[-1].tokens > points[0].tokens


def test_what_is_written_can_be_read(tmp_path):
    log = EventLog(tmp_path, "generate")
    log.keep()
    log.write("started", **far(0))
    (point,) = rates(tmp_path)
    assert abs((datetime.now(UTC) - point.time).total_seconds()) < 60
