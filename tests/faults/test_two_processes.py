"""Two processes want the same folder: one has it, the other is told who, and nothing is written twice.

The lock itself is in ``tests/run/test_lock.py``, columns beside a file in ``tests/dataset/test_columns.py``, workers of one
run in ``tests/run/test_workers.py``.
"""

from __future__ import annotations

import json

import pytest

from magpie_core.run.folder import RunFolder
from magpie_core.testing.processes import start_magpie, wait_for

ANSWERS = "texts=" + json.dumps(['{"clarity": "a"}'])
RECIPE = '[taggers.clarity]\nprompt = "How clear is this? {instruction}"\ncolumns = { clarity = ["a", "b"] }\n'


def test_the_same_command_twice_at_once(fake, tmp_path):
    run = tmp_path / "run"
    command = ["run", *fake, "-n", "60", "-o", run, "--engine-option", "delay=0.1", "-q"]
    processes = [start_magpie(*command) for _ in range(3)]
    said = [one.communicate()[1] for one in processes]
    codes = sorted(one.returncode for one in processes)
    assert codes[0] == 0, said
    for process, words in zip(processes, said, strict=True):
        if process.returncode:
            assert process.returncode == 5, words
            assert "in use by" in words
            assert f"magpie status {run}" in words
        assert "Traceback" not in words
    with RunFolder.open(run, write=False) as folder:
        settled = folder.settled()
    assert (len(settled.accepted), settled.duplicates, settled.damaged) == (60, 0, 0)


@pytest.mark.parametrize("second", ["the same", "another"])
def test_two_taggers_at_once(fake, magpie, tmp_path, second):
    """The same columns have one writer; others are made side by side, while the run goes on, too."""
    run, recipe = tmp_path / "run", tmp_path / "recipe.toml"
    assert magpie("run", *fake, "-n", "40", "-o", run, "-q").code == 0
    recipe.write_text(
        RECIPE + RECIPE.replace("clarity]", "other]").replace("clarity =", "other_one =")
    )
    tag = ["--recipe", recipe, *fake[:4], "--engine-option", ANSWERS]
    slow = start_magpie(
        "tag", run, "clarity", *tag, "--engine-option", "delay=2", "--in-flight", "1"
    )
    try:
        parts = run / "tags" / "clarity" / "part-00000.jsonl"
        assert wait_for(parts.exists, slow)
        said = magpie("tag", run, "clarity" if second == "the same" else "other", *tag)
        alive = slow.poll() is None
    finally:
        slow.kill()
        slow.communicate()
    assert alive, "it was through before the other one came"
    if second == "the same":
        assert said.code == 5
        assert f"process {slow.pid}" in said.err
    else:
        assert said.code in (0, 6), said.err  # its answers name the other column
        assert "in use" not in said.err
