"""At most so many requests a minute, evenly spaced."""

from __future__ import annotations

import asyncio


class Pace:
    """Hands out moments; with a rate of 0 every moment is now."""

    def __init__(self, per_minute: int) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0

    async def wait(self) -> None:
        """Return when the next request may be sent."""
        if not self._gap:
            return
        now = asyncio.get_running_loop().time()
        mine = max(now, self._next)
        self._next = mine + self._gap
        await asyncio.sleep(mine - now)
