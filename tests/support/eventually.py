"""Waiting for a condition with a deadline: what tests use instead of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")
PAUSE_SECONDS = 0.05


def eventually(probe: Callable[[], Value], seconds: float = 10.0, what: str = "") -> Value:
    """Calls `probe` until it returns something true, and returns that. A probe that raises AssertionError or OSError
    (which covers refused connections) is tried again; when the time is up, its last word is in the failure."""
    deadline = time.monotonic() + seconds
    while True:
        last: object
        try:
            value = probe()
            if value:
                return value
            last = value
        except (AssertionError, OSError) as error:
            last = error
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {seconds} s: {what or 'the condition'}; last: {last!r}")
        time.sleep(PAUSE_SECONDS)
