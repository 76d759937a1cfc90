import os

import pytest

from magpie_core.testing import command

magpie, no_network = command.magpie, command.no_network


@pytest.fixture(scope="session")
def checkpoint() -> str:
    """The embedded model, or the folder that MAGPIE_TEST_CHECKPOINT names."""
    if found := os.environ.get("MAGPIE_TEST_CHECKPOINT"):
        return found
    return str(pytest.importorskip("magpie_tiny").CHECKPOINT)
