"""The runner keeps the contract on a Ray of this machine."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from magpie_core.testing.contracts.runner import RunnerContract
from magpie_ray.runner import RayRunner

pytest.importorskip("ray")

pytestmark = pytest.mark.slow


class TestRay(RunnerContract):
    runner = RayRunner
    options: ClassVar[dict[str, Any]] = {"address": "local"}
