"""Colours of the figures, light and dark, and how a specification is given them. Draws nothing.

Specifications name colours as ``@ink``; the page and the pictures put in those of their theme.
Data sets have the colours of Okabe and Ito (jfly.uni-koeln.de/color), which people who see few colours tell
apart, darker or brighter as the ground needs.
"""

from __future__ import annotations

from typing import Any

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
_KINDS = (
    ("#0072b2", "#56a8e0"),
    ("#d55e00", "#f28e4c"),
    ("#009e73", "#35c79c"),
    ("#b0479a", "#dd8cc8"),
    ("#a07a00", "#e6c229"),
    ("#5b4fc4", "#a39bf2"),
    ("#c1273a", "#ff7b86"),
    ("#0e8fa3", "#4ecfe0"),
    ("#6b7f1d", "#b3cc4f"),
    ("#8c5a3c", "#cf9f7f"),
    ("#4a6076", "#9db4cc"),
    ("#7d7d7d", "#b5b5b5"),
)
SETS = 6
"""Data sets that have a colour of their own."""
LIGHT = {
    "@page": "#ffffff",
    "@ink": "#1b2430",
    "@muted": "#5a6675",
    "@faint": "#c6ccd4",
    "@line": "#e3e7ec",
    "@ramp0": "#f1f5f9",
    "@ramp1": "#7fb2d9",
    "@ramp2": "#0a4f82",
    "@onramp": "#ffffff",
    **{f"@kind{at}": light for at, (light, _) in enumerate(_KINDS)},
}
DARK = {
    "@page": "#171c24",
    "@ink": "#e8ecf2",
    "@muted": "#a0acbb",
    "@faint": "#465160",
    "@line": "#2b3340",
    "@ramp0": "#1f2631",
    "@ramp1": "#2d6a9c",
    "@ramp2": "#9fd3ff",
    "@onramp": "#0d1117",
    **{f"@kind{at}": dark for at, (_, dark) in enumerate(_KINDS)},
}
THEMES = {"light": LIGHT, "dark": DARK}
CONFIG: dict[str, Any] = {
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "@muted",
        "titleColor": "@muted",
        "gridColor": "@line",
        "domainColor": "@faint",
        "tickColor": "@faint",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
    },
    "legend": {"labelColor": "@ink", "titleColor": "@muted", "labelFontSize": 11},
    "title": {"color": "@ink", "fontSize": 14, "anchor": "start", "subtitleColor": "@muted"},
    "text": {"color": "@ink"},
}
"""Vega-Lite's ``config`` of every figure."""
_DATA = ("datasets", "values", "domain", "sort")
"""Parts of a specification that hold what people and models wrote."""


def set_colour(at: int) -> str:
    """The colour of a data set, by its number."""
    return f"@kind{at % SETS}"


def coloured(spec: Any, theme: str) -> Any:
    """A specification with the colours of ``theme``; data stays as it is."""
    colours = THEMES[theme]
    if isinstance(spec, dict):
        return {key: one if key in _DATA else coloured(one, theme) for key, one in spec.items()}
    if isinstance(spec, list):
        return [coloured(one, theme) for one in spec]
    return colours.get(spec, spec) if isinstance(spec, str) else spec
