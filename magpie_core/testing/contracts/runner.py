"""What every runner promises: the records of one process. It knows the role, not where workers stand.

Inherit it, name the class, and say how it runs on the machine of the test::

    class TestRay(RunnerContract):
        runner = RayRunner
        options = {"address": "local"}
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from magpie_core.plugins import load_plugins
from magpie_core.record import Record
from magpie_core.run.folder import RunFolder
from magpie_core.runner import Runner
from magpie_core.testing.contracts.contract import Contract, check_offered, check_snake_case
from magpie_core.testing.processes import PATIENCE_SECONDS, start_magpie

RECORDS = 30
WORKERS = 2


class RunnerContract(Contract):
    """Checks for one runner class, with the fake backend on a checkpoint's vocabulary."""

    runner: ClassVar[type[Runner]]
    """The class under test, as registered."""
    options: ClassVar[Mapping[str, Any]] = {}
    """What ``--on-option`` is given, so that it runs on this machine alone."""

    @pytest.fixture(scope="class")
    @classmethod
    def contract_checkpoint(cls) -> str:
        """The checkpoint to test on: ``MAGPIE_TEST_CHECKPOINT``, else the embedded model."""
        if found := os.environ.get("MAGPIE_TEST_CHECKPOINT"):
            return found
        tiny = pytest.importorskip("magpie_tiny", reason="the embedded model is not installed")
        return str(tiny.CHECKPOINT)

    def test_is_named_in_snake_case(self) -> None:
        """People type it after ``--on``."""
        check_snake_case(self.runner.name, "the runner's name")

    def test_is_registered_and_alone_with_its_name(self) -> None:
        """The class comes through ``magpie_register_runners``, and no other plugin has its name."""
        plugins = load_plugins()
        check_offered(plugins.runners(), self.runner, plugins.broken, "magpie_register_runners")

    def test_works_without_options_and_refuses_unknown_ones(self) -> None:
        """Its name alone is enough; a misspelt option is an error."""
        assert msgspec.convert({}, self.runner).workers >= 1, "without options nobody would work"
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"no_such_option": 1}, self.runner)

    def test_no_workers_are_refused_before_anything_is_written(
        self, contract_checkpoint: str, tmp_path: Path
    ) -> None:
        """With the way out, not a traceback."""
        code, said = self._run(contract_checkpoint, tmp_path / "run", workers=0)
        assert code == 2, f"--workers 0 ended with {code}, not as a wrong option: {said}"
        assert "Traceback" not in said, said
        assert not (tmp_path / "run").exists(), "a run folder was left by a run that was refused"

    def test_the_records_are_those_of_one_process(
        self, contract_checkpoint: str, tmp_path: Path
    ) -> None:
        """Whoever makes which, in whatever order they come."""
        code, said = self._run(contract_checkpoint, tmp_path / "alone", workers=None)
        assert code == 0, said
        code, said = self._run(contract_checkpoint, tmp_path / "many", workers=WORKERS)
        assert code == 0, said
        alone, many = (_records(tmp_path / name) for name in ("alone", "many"))
        assert len(alone) == RECORDS, f"one process made {len(alone)} records, not {RECORDS}"
        assert many.keys() == alone.keys(), (
            f"{WORKERS} workers made {len(many)} records of {RECORDS}; not those of one process: "
            f"{sorted(many.keys() ^ alone.keys())[:5]}: let one OwnLead lead them all"
        )
        wrong = [index for index in alone if alone[index] != many[index]]
        assert not wrong, f"records {wrong[:5]} have other texts than those of one process"

    def _run(self, checkpoint: str, folder: Path, *, workers: int | None) -> tuple[int, str]:
        """``magpie run`` in a process of its own; its exit code and what it said."""
        on: list[object] = []
        if workers is not None:
            on = ["--on", self.runner.name, "--workers", workers]
            for name, value in self.options.items():
                on += ["--on-option", f"{name}={value}"]
        fixed = ("--checkpoint", checkpoint, "--backend", "fake", "-n", RECORDS, "--seed", 3, "-q")
        process = start_magpie("run", *fixed, "-o", folder, *on)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        return process.returncode, out + err


def _records(folder: Path) -> dict[int, tuple[str, str]]:
    """Instruction and response by index."""
    run = RunFolder.open(folder, write=False)
    records: list[Record] = list(run.records())
    return {one.index: (one.instruction, one.response) for one in records}
