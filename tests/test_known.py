"""A name that a plugin we know of would offer leads to its installation."""

import pytest

from magpie_core.choices import unknown
from magpie_core.known import install_hint, offered_by


@pytest.mark.parametrize(
    ("kind", "name", "distribution", "typed"),
    [
        ("tagger", "rip", "magpie-tagger-rip", "magpie-tagger-rip"),
        ("tagger", "majority", "magpie-tagger-majority", "magpie-tagger-majority"),
        ("tagger", "ifd", "magpie-tagger-ifd", "'magpie-tagger-ifd[engine]'"),
        *(
            (kind, name, "magpie-filter-decontamination", "magpie-filter-decontamination")
            for kind in ("filter", "tagger")
            for name in ("decontamination", "contamination")
        ),
        ("picker", "deita", "magpie-filter-diversity", "magpie-filter-diversity"),
        ("figure", "vendi", "magpie-filter-diversity", "magpie-filter-diversity"),
    ],
)
def test_what_is_missing_is_named(uninstall, kind, name, distribution, typed):
    uninstall(distribution)
    assert unknown(kind, name, ["other"]).hint == f"pip install {typed}"


def test_a_kind_nobody_offers():
    assert offered_by("picker") == ("deita", "magpie-filter-diversity")
    assert offered_by("hat") is None
    assert install_hint("hat", "deita") is None
