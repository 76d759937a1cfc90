"""What a run says while it goes on: events on disk and on standard error, metrics, status --watch."""

from __future__ import annotations

import json
import re
import socket
import threading
import urllib.request

import pytest

from magpie_core.cli.metrics import serve_metrics
from magpie_core.errors import UsageError
from magpie_core.run.events import EventLog, read_events
from magpie_core.testing.processes import start_magpie, wait_for


@pytest.fixture
def fake(checkpoint):
    return ("--checkpoint", checkpoint, "--backend", "fake", "--pilot", "0")


def test_a_run_writes_when_it_began_and_how_it_ended(magpie, fake, tmp_path):
    run = tmp_path / "run"
    assert magpie("run", *fake, "-n", "12", "-o", run, "-q").code == 0
    events = list(read_events(run))
    assert [one["event"] for one in events] == ["opening", "started", "ended"]
    opening, started, ended = events
    assert (started["wanted"], started["accepted"]) == (12, 0)
    assert (ended["how"], ended["accepted"]) == ("done", 12)
    assert ended["sampled_tokens"] > 0
    assert opening["seconds"] <= started["seconds"] <= ended["seconds"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", one["time"]) for one in events)
    assert magpie("run", *fake, "-n", "20", "-o", run, "-q").code == 0
    assert [one["how"] for one in read_events(run) if one["event"] == "ended"] == ["done", "done"]


def test_an_engine_that_dies_and_a_limit_are_named(magpie, fake, tmp_path):
    run = tmp_path / "run"
    dies = ("--engine-option", "die_after=90")
    assert magpie("run", *fake, *dies, "-n", "300", "-o", run, "-q").code == 6
    *_, ended = read_events(run)
    assert ended["how"] == "EngineDeadError"
    assert "told to die" in ended["message"]


def test_a_run_that_never_began_leaves_no_folder(magpie, fake, tmp_path):
    said = magpie("run", *fake, "-o", tmp_path / "run", "--metrics", "not-a-port")
    assert said.code == 2
    assert "--metrics `not-a-port`" in said.err
    assert not (tmp_path / "run").exists()


def test_json_log_is_one_object_a_line_and_nothing_else(magpie, fake, tmp_path):
    said = magpie("run", *fake, "-n", "12", "-o", tmp_path / "run", "--json-log", "--json")
    assert said.code == 0
    lines = [json.loads(line) for line in said.err.splitlines()]
    assert lines == list(read_events(tmp_path / "run"))
    assert json.loads(said.out)["accepted"] == 12


def test_nobody_reads_the_json_log_any_more(fake, tmp_path):
    """As ``2> >(head -1)``: the work goes on, and is in events.jsonl."""
    run = tmp_path / "run"
    process = start_magpie("run", *fake, "-n", "12", "-o", run, "--json-log", "--json")
    assert process.stderr is not None
    assert process.stdout is not None
    process.stderr.close()
    with process.stdout:
        said = process.stdout.read()
    assert process.wait() == 0
    assert json.loads(said)["accepted"] == 12
    assert [one["event"] for one in read_events(run)][-1] == "ended"


def test_events_that_are_torn_or_of_others_are_passed_over(tmp_path):
    log = EventLog(tmp_path, "tag")
    log.write("before")
    assert not list(read_events(tmp_path)), "nothing is kept yet"
    log.keep()
    log.write("after", text="two\nlines \ud800")
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'[1]\n{"event": "torn')
    assert [one["event"] for one in read_events(tmp_path)] == ["before", "after"]
    assert {one["step"] for one in read_events(tmp_path)} == {"tag"}


def test_a_full_disk_is_no_matter_for_events(tmp_path):
    (tmp_path / "events.jsonl").mkdir()
    log = EventLog(tmp_path, "tag")
    log.keep()
    log.write("ended")


def scraped(address):
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return dict(re.findall(r"^(magpie_\w+) (\S+)$", text, re.M)), text


def test_metrics_are_asked_for_at_each_look():
    pytest.importorskip("prometheus_client")
    numbers = {"accepted": 3, "busy_seconds": 1.5, "other": 9}
    with serve_metrics("0", lambda: numbers) as address:
        assert address.startswith("127.0.0.1:")
        found, text = scraped(address)
        assert found == {"magpie_accepted": "3.0", "magpie_busy_seconds_total": "1.5"}
        assert "# TYPE magpie_busy_seconds_total counter" in text
        numbers["accepted"] = 4
        assert scraped(address)[0]["magpie_accepted"] == "4.0"
    with pytest.raises(OSError, match="refused"):
        scraped(address)


def test_metrics_on_ipv6():
    pytest.importorskip("prometheus_client")
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    with serve_metrics("[::1]:0", lambda: {"accepted": 3}) as address:
        assert address.startswith("[::1]:")
        assert scraped(address)[0] == {"magpie_accepted": "3.0"}


def test_the_port_that_was_free_is_told(magpie, fake, tmp_path):
    pytest.importorskip("prometheus_client")
    run = tmp_path / "run"
    said = magpie("run", *fake, "-n", "12", "-o", run, "--metrics", "0")
    told = re.search(r"metrics at (http://127\.0\.0\.1:[1-9]\d*/metrics)", said.err)
    assert told is not None
    assert [one["address"] for one in read_events(run) if one["event"] == "metrics"] == [told[1]]
    said = magpie("run", *fake, "-n", "24", "-o", run, "--metrics", "0", "--quiet")
    assert not said.err


@pytest.mark.parametrize("address", ["", "x", "70000", "-1", "host:", "٣"])
def test_what_is_no_port(address):
    with pytest.raises(UsageError, match="is no port"):
        with serve_metrics(address, dict):
            pass


def test_a_port_that_is_taken():
    pytest.importorskip("prometheus_client")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="cannot be listened on"):
            with serve_metrics(str(taken.getsockname()[1]), dict):
                pass


def test_a_run_serves_its_numbers(fake, tmp_path):
    pytest.importorskip("prometheus_client")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    slow = ("--engine-option", "delay=0.2", "--in-flight", "2")
    run = tmp_path / "run"
    process = start_magpie("run", *fake, *slow, "-n", 40, "-o", run, "--metrics", port)
    try:
        wait_for(lambda: list(run.glob("records/*.jsonl")), process)
        found, _ = scraped(f"127.0.0.1:{port}")
        assert float(found["magpie_wanted"]) == 40
        assert float(found["magpie_instructions_total"]) > 0
    finally:
        process.kill()
        process.communicate()


def test_status_watches_until_nobody_works_on_it(magpie, fake, tmp_path):
    run = tmp_path / "run"
    slow = ("--engine-option", "delay=0.05", "--in-flight", "2")
    process = start_magpie("run", *fake, *slow, "-n", 60, "-o", run)
    wait_for(lambda: list(run.glob("records/*.jsonl")), process)
    threading.Thread(target=process.communicate, daemon=True).start()
    said = magpie("status", run, "--watch", "0.3")
    assert said.code == 0
    lines = said.out.splitlines()
    looks = [line for line in lines if "accepted, rejected" in line]
    assert len(looks) > 1
    assert "60 of 60 records, complete" in said.out
    said = magpie("status", run, "--watch", "--json")
    assert [json.loads(line)["complete"] for line in said.out.splitlines()] == [True]


def test_steps_over_records_are_timed_beside_them(magpie, fake, tmp_path):
    run = tmp_path / "run"
    assert magpie("run", *fake, "-n", "8", "-o", run, "-q").code == 0
    assert magpie("dedup", run, "--minhash", "-q").code == 0
    assert magpie("extend", run, "--turns", "2", "-q").code == 0
    ended = {one["step"]: one for one in read_events(run) if one["event"] == "ended"}
    assert ended.keys() == {"generate", "dedup", "extend"}
    assert ended["dedup"]["rows"] == 8
    assert ended["extend"]["name"] == "extended"
    assert all(one["how"] == "done" for one in ended.values())


def test_what_steps_added_stands_in_the_status(magpie, fake_run):
    assert json.loads(magpie("status", fake_run, "--json").out)["added"] == {}
    assert magpie("tag", fake_run, "language", "-q").code == 0
    said = magpie("status", fake_run)
    assert "tags/language: 12 records" in said.out
    assert json.loads(magpie("status", fake_run, "--json").out)["added"] == {"tags/language": 12}


def test_what_a_line_on_disk_says_cannot_drive_the_terminal_that_watches(magpie, fake, tmp_path):
    run = tmp_path / "run"
    assert magpie("run", *fake, "-n", "3", "-o", run, "-q").code == 0
    hostile = {
        "index": 90,
        "step": "instruction",
        "reason": "a\x1b[2J\u202eb",
        "filter": "f",
        "text": "t",
    }
    (run / "rejects").mkdir(exist_ok=True)
    (run / "rejects" / "part-00007.jsonl").write_text(json.dumps(hostile) + "\n")
    said = magpie("status", run, "--watch")
    assert said.code == 0
    assert "\x1b" not in said.out
    assert said.out.count(r"instruction.a\x1b[2J\u202eb") == 2, "while it watches, and at the end"


def test_half_a_line_swallows_no_event(tmp_path):
    log = EventLog(tmp_path, "generate")
    log.keep()
    log.write("started")
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"event": "progr')
    log.write("ended", how="done")
    assert [event["event"] for event in read_events(tmp_path)] == ["started", "ended"]
