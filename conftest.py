"""What the tests of every distribution share."""

import signal

from hypothesis import settings

# How long one example takes says more about the machine than about the code.
settings.register_profile("magpie", deadline=None)
settings.load_profile("magpie")


def pytest_configure() -> None:
    """Hear Ctrl-C again where a shell started us in the background: the programs we start inherit it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
