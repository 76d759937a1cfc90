"""Write docs/notebooks/first-data-set.ipynb: its cells stand here, what they print is from a real run.

    python docs/write_notebook.py

A test runs the notebook that is checked in, from its first cell to its last.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

TARGET = Path(__file__).parent / "notebooks" / "first-data-set.ipynb"
CELLS = (
    """# Your first data set

Sixty conversations from the model that comes with Magpie, without a GPU and without a network. It has 4.7
million parameters, so that every cell takes seconds; put a checkpoint of yours in the place of `tiny` for
data that is worth training on.""",
    """%%bash
magpie run --family llama3 --checkpoint tiny -n 60 --seed 1 -o runs/notebook --quiet
magpie status runs/notebook""",
    """## What the model was given

Nothing but the beginning of a user's turn:""",
    """%%bash
magpie run --checkpoint tiny --dry-run 2>/dev/null | grep -A 2 "^instruction:\"""",
    """## What it wrote

Every column, typed, for `datasets` or anything else that reads Parquet:""",
    """%%bash
magpie export runs/notebook --to parquet --out data.parquet""",
    """import datasets

datasets.disable_progress_bars()
data = datasets.Dataset.from_parquet("data.parquet", cache_dir="cache")
for row in data.select(range(3)):
    print("user:     ", row["instruction"])
    print("assistant:", row["response"].splitlines()[0], "\\n")""",
    """## Tag, look, choose

Tags are columns beside the records. Conditions are SQL over all of them.""",
    """%%bash
magpie tag runs/notebook language --quiet
magpie select runs/notebook --where "language = 'EN'" --where "length(response) >= 20" --as best""",
    """from collections import Counter

lengths = Counter(len(row["instruction"]) // 20 * 20 for row in data)
for length, count in sorted(lengths.items()):
    print(f"{length:4} to {length + 19:3} characters  {'█' * count}")""",
    """## As others will load it

`--to-folder` writes what `magpie push` would put on the hub: Parquet, and a card that tells how.""",
    """%%bash
rm -rf published
magpie push runs/notebook --selection best --license apache-2.0 --to-folder published
ls published""",
    """published = datasets.load_dataset("published", cache_dir="cache")
print(published)
published["train"][0]["messages"]""",
)


def notebook() -> nbformat.NotebookNode:
    """The notebook without outputs."""
    cells = [
        new_code_cell(text, id=f"cell-{number}")
        if text.startswith(("%%", "import", "from", "published"))
        else new_markdown_cell(text, id=f"cell-{number}")
        for number, text in enumerate(CELLS)
    ]
    made = new_notebook(cells=cells)
    made.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    return made


def executed(made: nbformat.NotebookNode, folder: str) -> nbformat.NotebookNode:
    """``made``, run in ``folder``; a cell that fails raises."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ.update(HF_HUB_OFFLINE="1", COLUMNS="100", JUPYTER_PLATFORM_DIRS="1")
    client = NotebookClient(made, timeout=600, resources={"metadata": {"path": folder}})
    client.execute()
    for cell in made.cells:
        cell.metadata.pop("execution", None)  # when it ran is news at every run
        if cell.cell_type == "code":
            cell.outputs = joined([one for one in cell.outputs if one.get("name") != "stderr"])
    made.metadata.pop("language_info", None)
    return made


def joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """``outputs`` with what was printed in pieces in one: where a pipe cuts it is chance."""
    done: list[nbformat.NotebookNode] = []
    for one in outputs:
        if done and one.get("name") == "stdout" == done[-1].get("name"):
            done[-1]["text"] += one["text"]
        else:
            done.append(one)
    return done


def main() -> None:
    """Run the cells and write the notebook."""
    with tempfile.TemporaryDirectory() as folder:
        made = executed(notebook(), folder)
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(nbformat.writes(made) + "\n", "utf-8")


if __name__ == "__main__":
    main()
