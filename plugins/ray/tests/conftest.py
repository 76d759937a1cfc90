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


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A Ray cluster that ``ray start`` made, with one node; tests add more."""
    pytest.importorskip("ray")
    from magpie_ray.testing import Machines

    made = Machines(tmp_path_factory.mktemp("cluster"))
    try:
        made.add()
        yield made
    finally:
        made.stop()
