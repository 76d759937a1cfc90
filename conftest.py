"""What the tests of every distribution share."""

from hypothesis import settings

# How long one example takes says more about the machine than about the code.
settings.register_profile("magpie", deadline=None)
settings.load_profile("magpie")
