"""A time limit for each step of the conversion, so that a step that never ends is named and stopped."""

from __future__ import annotations

import _thread
import contextlib
import os
import sys
import threading

from .refused import Refused

# seconds
DEFAULT = 600.0
# seconds that a library has to return after it was interrupted
GRACE = 5.0

limit = DEFAULT


def set_limit(seconds: float) -> None:
    """Sets the limit of all following steps."""
    global limit
    limit = seconds


def reason(name: str) -> tuple[str, str]:
    return f"{name} took longer than {limit:g} s", "allow more by --time-limit <seconds>, or take a smaller sample or model"


@contextlib.contextmanager
def step(name: str):
    """Runs a step; raises Refused with the step's name when it takes longer than the limit."""
    state = {"expired": False}

    def kill() -> None:
        message, advice = reason(name)
        print(f"not converted: {message}", f"  {advice}", sep="\n", file=sys.stderr, flush=True)
        os._exit(1)

    def interrupt() -> None:
        state["expired"] = True
        # a library that does not come back to Python cannot be interrupted
        state["killer"] = started(GRACE, kill)
        _thread.interrupt_main()

    timer = started(limit, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        if not state["expired"]:
            raise
        raise Refused(*reason(name)) from None
    finally:
        timer.cancel()
        if "killer" in state:
            state["killer"].cancel()


def started(seconds: float, action) -> threading.Timer:
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    timer.start()
    return timer
