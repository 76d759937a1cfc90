"""Write contract_checks.toml: every contract's checks, for the minor version that asks for them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import tomli_w

import magpie_core


def main() -> None:
    """Write the file."""
    spec = importlib.util.spec_from_file_location(
        "checks", Path(__file__).with_name("test_contract_checks.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    minor = ".".join(magpie_core.__version__.split(".")[:2])
    now = {name: module.checks(one) for name, one in sorted(module.every_contract().items())}
    text = tomli_w.dumps({"version": minor, "checks": now})
    module.LISTED.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
