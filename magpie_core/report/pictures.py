"""Figures as PNG and SVG files, drawn without a browser. Asks nothing of the network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from magpie_core.report.drawing import Figure
from magpie_core.report.reading import Tell
from magpie_core.report.theme import CONFIG, coloured
from magpie_core.run.atomic import make_folder, write_atomic

WIDTH = 640
"""Of a figure, axes apart, in pixels."""
SCALE = 2
"""Pixels of a PNG for each of them."""
FORMATS = ("png", "svg")


def picture(figure: Figure, form: str, theme: str = "light") -> bytes:
    """One figure with its title, as a file holds it.

    Args:
        figure: what to draw.
        form: ``png`` or ``svg``.
        theme: ``light`` or ``dark``.
    """
    import vl_convert

    spec: dict[str, Any] = {key: one for key, one in figure.spec.items() if key != "autosize"}
    spec |= {
        "width": WIDTH,
        "config": CONFIG,
        "title": figure.title,
        "background": "@page",
        "padding": 12,
    }
    if "height" in spec and figure.section == "map":
        spec["height"] = WIDTH
    finished = coloured(spec, theme)
    if form == "png":
        return bytes(vl_convert.vegalite_to_png(finished, scale=SCALE))
    return str(vl_convert.vegalite_to_svg(finished)).encode()


def write_pictures(
    figures: Sequence[Figure], folder: Path, form: str, theme: str, tell: Tell
) -> list[Path]:
    """Write every figure into ``folder``, made where it is missing; a file of that name is replaced.

    Raises:
        StorageError: the disk refused.
    """
    make_folder(folder)
    written = []
    for count, one in enumerate(figures):
        tell("drawing figures", count, len(figures))
        path = folder / f"{one.name}.{form}"
        write_atomic(path, picture(one, form, theme))
        written.append(path)
    return written
