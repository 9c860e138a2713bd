"""Python's cyclic garbage collector, held while a compilation builds its values.

A document is hundreds of thousands of objects that all stay. Whenever their number has grown by a quarter the collector looks at
every one of them again, which takes longer than parsing them; nothing that a compilation throws away waits for it.
"""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_held() -> Iterator[None]:
    """No collection inside; then as it was. Also a decorator."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def collect_no_more() -> None:
    """For a process that ends with its compilation: no collection, and none at its end, which would look at everything again."""
    gc.disable()
    atexit.register(gc.freeze)
