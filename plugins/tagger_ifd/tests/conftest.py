import pytest


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Threads of OpenMP that wait for each other make small models crawl on a busy machine."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
