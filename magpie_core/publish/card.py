"""The body of a data set's card: what it is, what is in it, how it was made, what to mind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from magpie_core.publish.figures import QUANTILES, Spread, Summary
from magpie_core.publish.licences import UNKNOWN, Licence
from magpie_core.publish.made import MARKS, again, settings_section
from magpie_core.publish.markdown import block, cell, code, number, table
from magpie_core.publish.meanings import in_words, meaning
from magpie_core.publish.origin import Model, Origin

BIBTEX = """@inproceedings{xu2025magpie,
  title     = {Magpie: Alignment Data Synthesis from Scratch by Prompting Aligned {LLMs} with Nothing},
  author    = {Xu, Zhangchen and Jiang, Fengqing and Niu, Luyao and Deng, Yuntian and
               Poovendran, Radha and Choi, Yejin and Lin, Bill Yuchen},
  booktitle = {International Conference on Learning Representations (ICLR)},
  year      = {2025},
  url       = {https://arxiv.org/abs/2406.08464}
}"""
_SHOWN_LABELS = 20


@dataclass
class Described:
    """Everything a card says."""

    title: str
    where: str
    """What ``load_dataset`` is given: the name on the hub, or a folder's."""
    kinds: Mapping[str, Mapping[str, str]]
    """Of each configuration: columns and their kinds."""
    rows: Mapping[str, Mapping[str, int]]
    """Of each configuration: rows of each split."""
    summary: Summary
    origin: Origin
    licence: Licence
    licences: Mapping[str, Licence]
    """By the name of a checkpoint."""


def body(said: Described) -> str:
    """The card without its metadata."""
    parts = [
        f"# {cell(said.title)}",
        _introduction(said),
        _loading(said),
        _models(said.origin, said.licences, said.licence),
        _columns(said.kinds),
        _figures(said),
        settings_section(said.origin),
        again(said.origin),
        _limits(said),
        f"## Citation\n\nThe method:\n\n```bibtex\n{BIBTEX}\n```",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _introduction(said: Described) -> str:
    rows = sum(next(iter(said.rows.values())).values())
    writers = [one.name for one in said.origin.models if "wrote the instructions" in one.parts]
    if writers:
        how = (
            f"The instructions are what {code(writers[0])} writes when it is given only the part of its chat "
            "template that stands before a user's words; nobody asked, and no seed or topic was given"
            + (
                " but where the settings below steer it"
                if said.origin.recipe.get("control")
                else ""
            )
            + ". The responses answer them. Nothing here was written by a person."
        )
    else:
        names = ", ".join(map(code, said.origin.files))
        how = f"The conversations were brought in from {names or 'elsewhere'}, tagged and chosen."
    return (
        f"{number(rows)} conversations for instruction tuning, made with the method of "
        f"[Magpie](https://arxiv.org/abs/2406.08464). {how}"
    )


def _loading(said: Described) -> str:
    names = list(said.kinds)
    where = json.dumps(said.where, ensure_ascii=False)  # a folder may be called anything
    lines = ["from datasets import load_dataset", "", f"data = load_dataset({where})"]
    lines += [f'{_variable(one)} = load_dataset({where}, "{one}")' for one in names[1:]]
    counts = [
        (code(name), code(split), number(count))
        for name, splits in said.rows.items()
        for split, count in splits.items()
    ]
    shown = table(("configuration", "split", "rows"), counts, "llr")
    return block("\n".join(lines), "python") + f"\n\n{shown}"


def _variable(name: str) -> str:
    return "pairs" if "preference" in name else "more"


def _models(origin: Origin, licences: Mapping[str, Licence], licence: Licence) -> str:
    parts = ["## Models and their licences"]
    if origin.models:
        parts.append(
            table(
                ("checkpoint", "what it did", "engine", "licence"),
                [_model(one, licences) for one in origin.models],
            )
        )
        duties = {
            one.in_markdown(): one.duty
            for one in (licences.get(model.name) for model in origin.models)
            if one is not None and one.duty
        }
        if duties:
            said = "\n".join(f"- {name}: {duty}." for name, duty in duties.items())
            parts.append(
                "Some of these licences say something about what may be done with outputs. In short, and "
                f"without replacing the text that is linked:\n\n{said}"
            )
        unknown = [one.name for one in origin.models if licences[one.name].id == UNKNOWN]
        if unknown:
            parts.append(
                f"The licence of {', '.join(map(code, unknown))} is not known to us: its maker's page says "
                "whether outputs may be published and trained on."
            )
    else:
        parts.append("Which models wrote this data is not known: it was brought in from files.")
    if licence.id == UNKNOWN:
        parts.append("The publisher has not said under which licence this data set itself stands.")
    else:
        parts.append(
            f"This data set: {licence.in_markdown()}, as far as its publisher has rights in it."
        )
    return "\n\n".join(parts)


def _model(model: Model, licences: Mapping[str, Licence]) -> tuple[str, ...]:
    known = licences[model.name]
    name = "unknown" if known.id == UNKNOWN else known.in_markdown()
    return code(model.name), cell(", ".join(model.parts)), code(model.backend), name


def _columns(kinds: Mapping[str, Mapping[str, str]]) -> str:
    parts = ["## Columns"]
    for name, columns in kinds.items():
        if len(kinds) > 1:
            parts.append(f"In {code(name)}:")
        rows = [(code(one), in_words(kind), meaning(one)) for one, kind in columns.items()]
        parts.append(table(("column", "type", "meaning"), rows))
    return "\n\n".join(parts)


def _figures(said: Described) -> str:
    parts = ["## Figures", _funnel(said.origin)]
    summary = said.summary
    if summary.lengths:
        parts += ["### Lengths", _spreads(summary.lengths)]
    if summary.labels or summary.numbers:
        parts.append(
            "### Tags\n\nGiven by models or programs, not by people: read them as estimates."
            + (" `mark` is a person's." if MARKS in said.origin.steps else "")
        )
    if summary.numbers:
        parts.append(_spreads({code(name): one for name, one in summary.numbers.items()}))
    for name, counts in summary.labels.items():
        total = sum(count for _, count in counts)
        rows = [(cell(v), number(c), f"{c / total:.1%}") for v, c in counts[:_SHOWN_LABELS]]
        if more := sum(count for _, count in counts[_SHOWN_LABELS:]):
            rows.append(("*others*", number(more), f"{more / total:.1%}"))
        parts.append(table((code(name), "rows", "share"), rows, "lrr"))
    return "\n\n".join(part for part in parts if part)


def _funnel(origin: Origin) -> str:
    parts = []
    if origin.kind == "run":
        rows = [("sampled", number(origin.attempts), "")]
        rows += [
            (f"turned down: {step}, {code(reason)}", number(count), _share(count, origin.attempts))
            for (step, reason), count in origin.rejected.most_common()
        ]
        if origin.failed:
            rows.append(("failed", number(origin.failed), _share(origin.failed, origin.attempts)))
        rows.append(("accepted", number(origin.accepted), _share(origin.accepted, origin.attempts)))
        parts.append(
            "### From samples to records\n\n" + table(("step", "records", "share"), rows, "lrr")
        )
    if stages := origin.selection.get("stages"):
        parts.append(
            "### The selection\n\n"
            + table(("step", "kept", "removed"), [_stage(one) for one in stages], "lrr")
        )
    return "\n\n".join(parts)


def _stage(one: Mapping[str, Any]) -> tuple[str, str, str]:
    what = f"{one.get('step', '')}: {one.get('condition', '')}"
    return code(what), number(one.get("kept", 0)), number(one.get("removed", 0))


def _share(count: int, of: int) -> str:
    return f"{count / of:.1%}" if of else ""


def _spreads(found: Mapping[str, Spread]) -> str:
    heads = ("", "mean", *(f"{share:.0%}" for share in QUANTILES), "most")
    rows = [
        (name, number(round(one.mean, 3)), *map(number, one.at), number(one.most))
        for name, one in found.items()
    ]
    return table(heads, rows, "l" + "r" * 7)


def _limits(said: Described) -> str:
    points = [
        "Every text is a model's. Facts, calculations and code may be wrong, and what is wrong is written as "
        "fluently as what is right.",
        "It shows what the model saw in its own training: its topics, languages, views and blind spots. "
        "It is no sample of what people ask.",
        "Instructions may repeat texts the model has memorised, benchmark items and personal details "
        "among them.",
        "Filters go by form. They do not see whether a response is harmful, biased or unsafe to follow.",
    ]
    checked = {name.partition("/")[2] for name in said.origin.steps}
    missing = [
        what
        for tag, what in (
            ("decontamination", "benchmark items"),
            ("safety", "harmful content"),
            ("quality", "quality"),
        )
        if tag not in checked
    ]
    if missing:
        points.append(f"Not looked for here: {', '.join(missing)}.")
    points.append(
        "Whoever trains on it takes on what the licences of the models above ask of their outputs."
    )
    return "## Limits and risks\n\n" + "\n".join(f"- {one}" for one in points)
