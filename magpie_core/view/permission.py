"""Whether something may be written, before it is tried."""

from __future__ import annotations

import os
from pathlib import Path


def refusing(folder: Path) -> Path | None:
    """What stands in the way of writing to ``folder``, which may not exist yet; None where nothing does."""
    place = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    free = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    return None if free else place
