"""Is there a sequential order that explains what several actors got and where the stage ended?

After Herlihy and Wing 1990; the search is that of Wing and Gong 1993.

The order must keep what really came before: an operation that ended before another began stands before it.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

from .interleaving import Operation

State = TypeVar("State")

# state, operation -> (state afterwards, what the actor would have got)
Apply = Callable[[State, Operation], tuple[State, Hashable]]
# what the actor got
Got = Callable[[Operation], Hashable]


def explanation(
    operations: Sequence[Operation], start: State, apply: Apply[State], got: Got, is_end: Callable[[State], bool]
) -> list[Operation] | None:
    """An order that explains every result and ends where it should, None when there is none."""
    for order in _orders(list(operations)):
        state, fits = start, True
        for operation in order:
            state, result = apply(state, operation)
            fits = fits and result == got(operation)
        if fits and is_end(state):
            return order
    return None


def _orders(left: list[Operation]) -> Iterator[list[Operation]]:
    if not left:
        yield []
    for operation in left:
        if any(other.ended <= operation.began for other in left if other is not operation):
            continue  # that one came first
        for rest in _orders([other for other in left if other is not operation]):
            yield [operation, *rest]
