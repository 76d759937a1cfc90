"""The metadata in front of a card, made with the hub client's own classes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from magpie_core.publish.figures import Summary, size_category
from magpie_core.publish.licences import KNOWN, UNKNOWN, Licence

DEFAULT = "default"


def card_data(
    title: str,
    summary: Summary,
    files: Mapping[str, Mapping[str, str]],
    licence: Licence,
    *,
    pairs: bool,
) -> Any:
    """``DatasetCardData`` of a set.

    Args:
        title: for people.
        summary: its figures.
        files: of each configuration, the first one the default: split and the pattern of its files.
        licence: of the data set.
        pairs: whether there are any for preference training.
    """
    from huggingface_hub import DatasetCardData

    configs = [
        {
            "config_name": name,
            "data_files": [{"split": split, "path": path} for split, path in splits.items()],
            **({"default": True} if len(files) > 1 and number == 0 else {}),
        }
        for number, (name, splits) in enumerate(files.items())
    ]
    return DatasetCardData(
        pretty_name=" ".join(title.split()),
        language=summary.languages or None,
        size_categories=[size_category(summary.rows)],
        task_categories=["text-generation"],
        tags=["synthetic", "magpie", *(["preference", "dpo"] if pairs else [])],
        annotations_creators=["machine-generated"],
        language_creators=["machine-generated"],
        configs=configs,
        **licence_fields(licence),
    )


def licence_fields(licence: Licence) -> dict[str, Any]:
    """``license``, with a name and a link where the hub has no short name for it."""
    if licence.id == UNKNOWN or licence.id in KNOWN:
        return {"license": licence.id}
    name = re.sub(r"[^a-z0-9.-]+", "-", licence.id.lower()).strip("-") or "see-card"
    return {
        "license": "other",
        "license_name": name,
        **({"license_link": licence.link} if licence.link else {}),
    }
