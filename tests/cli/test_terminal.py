"""Commands as processes at a shell: pipes, full disks, narrow encodings, interrupts; and what they say then."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from magpie_core import Failure, Record, Rejection
from magpie_core.cli.console import note, print_json, stderr, stdout, visible
from magpie_core.run.folder import RunFolder

SCRIPT = "from magpie_core.cli import main; main()"


def start(*args: object, **options) -> subprocess.Popen:
    options.setdefault("stdout", subprocess.PIPE)
    env = {**os.environ, **options.pop("env", {})}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *map(str, args)], stderr=subprocess.PIPE, env=env, **options
    )


def record(index: int, text: str = "text", **more) -> Record:
    return Record(id=f"x-{index}", index=index, instruction=text, response=text, **more)


def append(run: Path, *items) -> Path:
    with RunFolder.open(run, write=True) as folder:
        for item in items:
            folder.append(item)
    return run


class TestOutputThatRefuses:
    @pytest.mark.parametrize("command", ["status", "show", "families --json"])
    def test_a_full_disk_is_one_line_and_exit_code_5(self, fake_run, command):
        args = command.split() if " " in command else [command, fake_run]
        with open("/dev/full", "wb") as full:
            process = start(*args, stdout=full)
            _, err = process.communicate()
        assert process.returncode == 5
        assert err.decode() == "error: cannot write the output: no space left on device\n"

    @pytest.mark.parametrize("command", ["show", "status --json", "export --to jsonl --out -"])
    def test_a_reader_that_goes_away_is_no_failure(self, fake_run, command):
        read, write = os.pipe()
        os.close(read)
        name, *options = command.split()
        process = start(name, fake_run, *options, stdout=write)
        os.close(write)
        _, err = process.communicate()
        assert (process.returncode, err) == (0, b"")

    def test_a_run_goes_on_when_nobody_reads_its_progress(self, checkpoint, tmp_path):
        args = [
            "run",
            "--backend",
            "fake",
            "--checkpoint",
            checkpoint,
            "-n",
            5,
            "-o",
            tmp_path / "r",
        ]
        with start(*args) as process:
            process.stderr.close()
            out = process.stdout.read().decode()
        assert process.returncode == 0
        assert "5 records in" in out

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
    def test_a_terminal_that_cannot_show_a_character_gets_its_code(self, fake_run, encoding):
        append(fake_run, record(1000, "数学 é 😀 :smile:", system="\ud800"))
        env = {"PYTHONIOENCODING": encoding}
        process = start("show", fake_run, "--skip", 12, env=env)
        out, err = process.communicate()
        assert (process.returncode, err) == (0, b"")
        assert "数学 é 😀 :smile:".encode(encoding, "backslashreplace") in out
        process = start("status", fake_run, "--json", env=env)
        assert json.loads(process.communicate()[0].decode(encoding))["accepted"] == 13


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_during_a_commands_imports_has_no_traceback(number):
    script = (
        "import time; from magpie_core.cli.main import cli, main\n"
        "cli.get_command = lambda *args: print('importing', flush=True) or time.sleep(60)\n"
        "main(['families'])"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"importing\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: -signal.SIGTERM}[number]
    assert err.strip() == b""


class TestText:
    @pytest.mark.parametrize(
        "text",
        [
            "naïve\u00a0Zürich",
            "全角\u3000空白",
            "👩\u200d🔬 ن\u200cم",
            "a\nb\tc",
            "\u2028",
            "\ufeff",
        ],
    )
    def test_every_script_is_shown_as_it_is(self, text):
        assert visible(text) == text

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("\x1b[2J\x07", "\\x1b[2J\\x07"),
            ("\x7f\x85\x9b", "\\x7f\\x85\\x9b"),
            ("\u202eabc\u2066\u200f", "\\u202eabc\\u2066\\u200f"),
            ("\ud800", "\\ud800"),
            ("\ue000 \U0010fffd", "\\ue000 \\U0010fffd"),
            ("one\r\ntwo\rthree", "one\ntwo\\x0dthree"),
        ],
    )
    def test_what_drives_a_terminal_is_escaped(self, text, shown):
        assert visible(text) == shown

    def test_consoles_print_what_they_are_given(self, capsys):
        for console in (stdout(), stderr(), stdout(wrap=True)):
            console.print(":smile: [bold]x[/] [/nonsense] :warning:")
        print_json({"text": ":smile: [/x] é"})
        said = capsys.readouterr()
        assert said.out.count(":smile: [bold]x[/] [/nonsense] :warning:") == 2
        assert said.err.count(":smile: [bold]x[/] [/nonsense] :warning:") == 1
        assert json.loads(said.out.splitlines()[-1]) == {"text": ":smile: [/x] é"}


class TestNotes:
    TEXT = "a note that is longer than a narrow terminal is, and that people read"

    def test_a_pipe_gets_one_line(self, capsys):
        note(self.TEXT)
        assert capsys.readouterr().err == f"note: {self.TEXT}\n"

    def test_a_terminal_breaks_it_between_words(self, capsys, monkeypatch):
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("COLUMNS", "30")
        note(self.TEXT)
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) > 1
        assert " ".join(line.strip() for line in lines) == f"note: {self.TEXT}"

    def test_a_command_can_be_pasted(self, capsys, monkeypatch):
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("COLUMNS", "30")
        note(f"{self.TEXT}: magpie run --checkpoint ./a-folder -o runs/first")
        assert capsys.readouterr().err.count("\n") == 1

    def test_quiet_and_escaped(self, capsys):
        note("\x1b[2J", quiet=True)
        note("\x1b[2J")
        assert capsys.readouterr().err == "note: \\x1b[2J\n"


class TestShow:
    def test_ids_and_reasons_cannot_drive_the_terminal(self, magpie, fake_run):
        append(
            fake_run,
            Record(id="\x1b[2J\u202e", index=1000, instruction="i", response="r"),
            Rejection(index=1, step="instruction", reason="\x1b]0;x\x07", filter="f", text="t"),
        )
        for args in (["--skip", 12], ["--rejected"]):
            said = magpie("show", fake_run, *args)
            assert "\\x1b" in said.out
            assert "\x1b" not in said.out

    def test_rejections_come_by_index(self, magpie, fake_run):
        rejections = (
            Rejection(index=index, step="instruction", reason="r", filter="f", text="t")
            for index in (205, 201, 203)
        )
        append(fake_run, *rejections)
        said = magpie("show", fake_run, "--rejected", "-n", 2)
        assert [word for word in said.out.split() if word[0] == "2"] == ["201:", "203:"]

    def test_huge_numbers_are_no_surprise(self, magpie, fake_run):
        assert magpie("show", fake_run, "-n", 10**30, "--skip", 11).code == 0
        assert "no records" in magpie("show", fake_run, "--skip", 10**30).out


class TestStatus:
    @pytest.mark.parametrize("line", ["instruction = 3", "instruction = [1]"])
    def test_a_run_toml_that_was_edited(self, magpie, fake_run, line):
        path = fake_run / "run.toml"
        path.write_text(f"format = 1\nkey = 2020-01-01\n{line}\n")
        said = magpie("status", fake_run)
        assert (said.code, said.out) == (5, "")
        assert "`instruction` is" in said.err
        path.write_text("format = 1\nkey = 2020-01-01\ninstruction.family = 2020-01-01\n")
        assert json.loads(magpie("status", fake_run, "--json").out)["family"] == "2020-01-01"

    def test_nothing_stands_below_what_is_not_there(self, magpie, fake_run):
        said = magpie("status", fake_run)
        assert said.out.splitlines()[0].endswith("12 of 12 records, complete")
        assert said.out.endswith("12 attempts, 0 rejected\n")

    def test_reasons_stand_below(self, magpie, fake_run):
        reason = "[/x] :smile: \x1b"
        append(
            fake_run,
            Rejection(index=99, step="instruction", reason=reason, filter="f", text="t"),
        )
        said = magpie("status", fake_run)
        assert said.out.endswith("1 rejected:\n         1  instruction.[/x] :smile: \\x1b\n")

    def test_failed_indexes_are_tried_again_only_while_records_are_wanted(self, magpie, fake_run):
        append(fake_run, Failure(index=50, step="instruction", error="e", attempts=3))
        assert "1 failed (not needed: the run is complete)" in magpie("status", fake_run).out
        path = fake_run / "run.toml"
        path.write_text(path.read_text().replace("\nn = 12\n", "\nn = 13\n"))
        said = magpie("status", fake_run)
        assert "1 failed (resume tries them again)" in said.out
        assert said.out.endswith(f"go on with: magpie resume {fake_run}\n")

    def test_hints_can_be_pasted(self, magpie, fake_run):
        path = fake_run / "run.toml"
        path.write_text(path.read_text().replace("\nn = 12\n", "\nn = 13\n"))
        fake_run.rename(fake_run.with_name("my run"))
        said = magpie("status", fake_run.with_name("my run"))
        assert f"magpie resume '{fake_run.with_name('my run')}'" in said.out

    def test_a_run_in_progress_is_not_to_be_resumed(self, magpie, fake_run):
        path = fake_run / "run.toml"
        path.write_text(path.read_text().replace("\nn = 12\n", "\nn = 13\n"))
        with RunFolder.open(fake_run, write=True):
            said = magpie("status", fake_run)
            assert f"running, process {os.getpid()} on {os.uname().nodename} since 20" in said.out
            assert "resume" not in said.out
            assert (
                json.loads(magpie("status", fake_run, "--json").out)["writer"]["pid"] == os.getpid()
            )
        assert "not complete" in magpie("status", fake_run).out


class TestExport:
    def export(self, magpie, run, *args):
        return magpie("export", run, "--to", "jsonl", *args)

    def test_dash_is_standard_output(self, magpie, fake_run):
        said = self.export(magpie, fake_run, "--out", "-")
        assert (said.code, said.err) == (0, "")
        assert [json.loads(line)["index"] for line in said.out.splitlines()] == list(range(12))
        assert not Path("-").exists()

    def test_a_binary_format_is_not_written_to_a_terminal(self, fake_run):
        import pty

        screen, terminal = pty.openpty()
        process = start("export", fake_run, "--to", "parquet", "--out", "-", stdout=terminal)
        _, err = process.communicate()
        os.close(terminal)
        os.close(screen)
        assert process.returncode == 2
        assert b"`parquet` is binary" in err
        process = start("export", fake_run, "--to", "parquet", "--out", "-")
        assert process.communicate()[0].startswith(b"PAR1")

    def test_more_on_disk_than_asked_for_is_said(self, magpie, fake_run, tmp_path):
        append(fake_run, record(500), record(501))
        said = self.export(magpie, fake_run, "--out", tmp_path / "a")
        assert "note: 14 accepted, exported the 12 with the lowest indexes" in said.err
        assert said.out == f"12 rows as jsonl in {tmp_path / 'a'}\n"
        said = self.export(magpie, fake_run, "--out", tmp_path / "b", "-n", 14)
        assert (said.err, said.out) == ("", f"14 rows as jsonl in {tmp_path / 'b'}\n")
        assert self.export(magpie, fake_run, "--out", tmp_path / "c", "-q").err == ""

    def test_damaged_lines_are_named(self, magpie, fake_run, tmp_path):
        part = fake_run / "records" / "part-00000.jsonl"
        with part.open("a") as file:
            file.write("broken\n" * 5)
        for said in (
            self.export(magpie, fake_run, "--out", tmp_path / "a"),
            magpie("show", fake_run),
        ):
            assert said.code == 0
            lines = said.err.splitlines()
            assert [line.split(": damaged")[0] for line in lines[:3]] == [
                f"warning: {part}:{number}" for number in (13, 14, 15)
            ]
            assert lines[3:] == ["warning: 2 more damaged lines passed over"]

    def test_no_records_no_file(self, magpie, fake_run, tmp_path):
        for part in (fake_run / "records").iterdir():
            part.unlink()
        for out in (tmp_path / "folder" / "a", "-"):
            said = self.export(magpie, fake_run, "--out", out)
            assert (said.code, said.out) == (2, "")
            assert "no records to export" in said.err
            assert f"magpie status {fake_run}" in said.err
        assert not (tmp_path / "folder").exists()

    @pytest.mark.skipif(not Path("/proc/self").exists(), reason="Linux only")
    @pytest.mark.parametrize("out", ["/proc/x.jsonl", "/proc/missing/x.jsonl"])
    def test_where_no_file_can_be_made(self, magpie, fake_run, out):
        said = self.export(magpie, fake_run, "--out", out)
        assert said.code == 5
        assert f"cannot write to `{out}`: no such file or directory" in said.err
        assert "hint: " in said.err

    def test_a_number_no_machine_can_count_to(self, magpie, fake_run, tmp_path):
        assert self.export(magpie, fake_run, "--out", tmp_path / "a", "-n", 10**30).code == 0


def test_doctor_fails_on_a_bad_checkpoint(magpie, checkpoint):
    said = magpie("doctor", "--checkpoint", "./nowhere", "--json")
    assert said.code == 4
    assert "`./nowhere` does not exist" in json.loads(said.out)["checkpoint"]
    assert magpie("doctor", "--checkpoint", checkpoint).code == 0
