"""The rows a stage trains on: where they are, in which form, and whether they must be written first."""

from __future__ import annotations

import msgspec

from magpie_core.choices import pick
from magpie_core.errors import UsageError
from magpie_core.export.exporter import Exporter
from magpie_core.training.hyperparameters import Stage
from magpie_core.training.in_place import in_place
from magpie_core.training.job import DataSet
from magpie_core.training.records import Survey, exporter_for, look_at
from magpie_core.training.scene import Scene
from magpie_core.training.trainers import Trainer

_READERS = {
    "sharegpt": ("axolotl", "llama-factory"),
    "handbook-preference": ("axolotl", "trl", "alignment-handbook"),
}
"""Who reads the forms that published sets have on the hub."""


class Writing(msgspec.Struct, frozen=True):
    """Rows that must be written before the training."""

    path: str
    """Relative to the recipe's folder."""
    exporter: Exporter


class Data(msgspec.Struct, frozen=True):
    """What a stage trains on."""

    sets: tuple[DataSet, ...]
    survey: Survey | None = None
    """None for sets on the hub, which are not read."""
    writing: Writing | None = None
    """None where the rows are already as the trainer reads them."""


def choose_data(scene: Scene, stage: Stage, trainer: Trainer) -> Data:
    """The data of ``stage`` for ``trainer``. Reads all records once.

    Raises:
        UsageError: there is nothing to train on, or the trainer cannot read it.
    """
    if scene.source is None or scene.records is None:
        return _on_the_hub(scene, stage, trainer)
    form = trainer.forms[stage]
    request = scene.request
    preferences = request.preferences if stage == "dpo" else None
    kind = pick("format", form, scene.plugins.exporters())
    exporter = exporter_for(kind, scene.source, preferences)
    survey = look_at(scene.records, exporter)
    if survey.reasoned and request.reasoning is None:
        scene.notes.append(
            f"{survey.reasoned:,} rows have reasoning, which is not trained on: --reasoning keep puts it in "
            "front of each answer, --reasoning drop says nothing"
        )
    changed = (request.selection, preferences, request.best, request.reasoning)
    if not any(changed) and trainer.reads_files and in_place(scene.source, form):
        path = str(scene.source.path.resolve())
        return Data((DataSet(path=path, form=form, rows=survey.rows),), survey)
    named = "-".join(filter(None, (form, *changed)))
    path = f"data/{named}/train.jsonl"
    made = DataSet(path=path, form=form, rows=survey.rows)
    return Data((made,), survey, Writing(path, exporter))


def _on_the_hub(scene: Scene, stage: Stage, trainer: Trainer) -> Data:
    preset = scene.preset
    assert preset is not None  # a request without a run has one
    for one in preset.data[stage]:
        if trainer.name not in _READERS[one.form]:
            raise UsageError(
                f"{trainer.title} cannot read `{one.path}` as it is on the hub",
                hint=f"download it, then: magpie recipe FILE --preset {preset.name} --trainer {trainer.name} "
                f"--stage {stage}; or leave --trainer out: {preset.trainers[stage]}",
            )
    return Data(preset.data[stage])
