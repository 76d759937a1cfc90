"""Contracts that plugin authors inherit, so that a plugin is tested in five lines."""

import pytest

pytest.register_assert_rewrite("magpie_core.testing.contracts")
