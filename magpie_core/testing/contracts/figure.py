"""What every figure promises. It knows the role, not what a figure measures.

Inherit it and name the class::

    class TestVendi(FigureContract):
        figure = VendiFigure
"""

from __future__ import annotations

import math
from typing import ClassVar

import pytest

from magpie_core.embedded import Figure
from magpie_core.plugins import load_plugins
from magpie_core.testing.contracts.filter import SNAKE_CASE, refuse_quiet_overrides


class FigureContract:
    """Checks for one figure class."""

    figure: ClassVar[type[Figure]]
    """The class under test, as registered."""

    def __init_subclass__(cls) -> None:
        refuse_quiet_overrides(cls, FigureContract)

    def test_is_named_and_says_what_it_is(self) -> None:
        """In snake case, for programs; in words, for people."""
        assert SNAKE_CASE.fullmatch(self.figure.name)
        assert self.figure.what.strip()

    def test_is_registered_and_alone_with_its_name(self) -> None:
        """The class comes through ``magpie_register_figures``, and no other plugin has its name."""
        plugins = load_plugins()
        assert plugins.figures().get(self.figure.name) is self.figure
        assert not [info for info in plugins.broken if self.figure.name in str(info.problem)]

    @pytest.mark.parametrize("rows", [1, 2, 50])
    def test_gives_a_number_for_any_rows(self, rows: int) -> None:
        """Equal rows among them."""
        import numpy as np

        one = np.zeros((rows, 8), np.float32)
        one[:, 0] = 1
        assert math.isfinite(self.figure().figure(one))

    def test_is_higher_where_rows_differ(self) -> None:
        """And the order of the rows does not count."""
        import numpy as np

        apart = np.eye(8, dtype=np.float32)
        alike = np.repeat(apart[:2], 4, axis=0)
        figure = self.figure().figure
        assert figure(apart) > figure(alike)
        assert figure(alike[::-1]) == pytest.approx(figure(alike))
