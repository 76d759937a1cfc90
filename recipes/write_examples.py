"""Write the configurations in this folder with `magpie recipe`, as its user would."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

from magpie_core.dataset.source import open_source
from magpie_core.plugins import load_plugins
from magpie_core.training.hyperparameters import STAGES
from magpie_core.training.plan import plan
from magpie_core.training.presets import PRESETS
from magpie_core.training.records import Records
from magpie_core.training.request import Request
from magpie_core.training.trainers import TRAINERS
from magpie_core.training.writing import write

HERE = Path(__file__).parent
SOURCE = HERE / "examples" / "source.jsonl"


def write_all(folder: Path, *, overwrite: bool = False) -> None:
    """Write the examples of every trainer and every preset below ``folder``.

    The same on every machine: the base model is not looked at, though it may be there.
    """
    plugins = load_plugins()
    for name in PRESETS:
        made = plan(Request(preset=name, out=folder / name), None, plugins, None)
        write(made, None, overwrite=overwrite)
    with (
        patch("magpie_core.training.model.look_at_base", return_value=None),
        open_source(SOURCE) as source,
        Records(source) as records,
    ):
        for trainer in TRAINERS:
            for stage in STAGES:
                request = Request(
                    run=SOURCE,
                    trainer=trainer,
                    stage=stage,
                    base="meta-llama/Llama-3.1-8B" if stage == "sft" else None,
                    chat_template="llama3",
                    gpus=4,
                    out=folder / "examples" / f"{trainer}-{stage}.yaml",
                )
                write(plan(request, source, plugins, records), records, overwrite=overwrite)


if __name__ == "__main__":
    write_all(HERE, overwrite=True)
