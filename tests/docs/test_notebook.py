"""The notebook runs from its first cell to its last, and holds what its writer would write."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("nbclient", reason="pip install -r requirements-docs.txt")
DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOK = DOCS / "notebooks" / "first-data-set.ipynb"
# In a process of its own: a kernel's sockets and loops are none of this one's.
RUN = """
import sys, nbformat
sys.path.insert(0, sys.argv[1])
import write_notebook
made = write_notebook.executed(nbformat.read(sys.argv[2], 4), sys.argv[3])
nbformat.write(made, sys.argv[4])
"""


@pytest.mark.engine
@pytest.mark.slow
def test_it_runs(tmp_path):
    (tmp_path / "work").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", RUN, DOCS, NOTEBOOK, tmp_path / "work", tmp_path / "done.ipynb"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    cells = json.loads((tmp_path / "done.ipynb").read_text("utf-8"))["cells"]
    said = "".join(json.dumps(one.get("outputs", "")) for one in cells)
    assert "60 of 60 records, complete" in said
    assert "num_rows" in said
    assert '"error"' not in said


def test_its_cells_are_those_of_the_script_and_its_outputs_are_small():
    sys.path.insert(0, str(DOCS))
    try:
        import write_notebook
    finally:
        sys.path.remove(str(DOCS))
    text = NOTEBOOK.read_text("utf-8")
    cells = json.loads(text)["cells"]
    assert ["".join(one["source"]) for one in cells] == list(write_notebook.CELLS)
    assert len(text) < 20_000
    assert all(
        one["outputs"]
        for one in cells
        if one["cell_type"] == "code" and "%%bash\nmagpie export" not in "".join(one["source"])
    )
