"""``magpie run --on ray``: a run on several engines, on one machine or many, led and placed by Ray.

Ray starts, places and buries the workers; which index a worker gets, and which of two equal instructions
stays, is said by the core's own ``OwnLead``, in one actor. Imports Ray only when a run begins.
"""

from __future__ import annotations

from magpie_core import hookimpl
from magpie_core.runner import Runner
from magpie_ray.runner import RayRunner


@hookimpl
def magpie_register_runners() -> list[type[Runner]]:
    """Offer Ray."""
    return [RayRunner]
