"""The one setting for how long tests wait: ``TEST_PATIENCE`` multiplies it for slow machines."""

import asyncio
import inspect
import os
import time

PATIENCE_S = 20 * float(os.environ.get("TEST_PATIENCE", "1"))
LOOK_EVERY_S = 0.015


async def eventually(what, look, patience_s=PATIENCE_S):
    """Waits until ``look`` returns something true, and returns that."""
    deadline = time.monotonic() + patience_s
    while True:
        seen = look()
        if inspect.isawaitable(seen):
            seen = await seen
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience_s:.0f} s in vain: {what}; last seen: {seen!r}")
        await asyncio.sleep(LOOK_EVERY_S)
