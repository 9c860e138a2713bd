"""Runs several processes of the release function at the same time, one call at a time, in an order that a seed chooses.

Each actor is a thread that stops before every call to AWS until it is its turn, so that an interleaving can be repeated.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from threading import Lock, Semaphore, Thread
from typing import Any

Action = Callable[[Callable[[str], None]], Any]

PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Operation:
    """What one actor asked and got; `began` and `ended` are positions in the order of all calls."""

    actor: str
    result: Any
    began: int
    ended: int


@dataclass
class Interleaving:
    """One run. `order` is who called when."""

    seed: str
    order: list[str] = field(default_factory=list)
    _waiting: set[str] = field(default_factory=set)
    _running: set[str] = field(default_factory=set)
    _turns: dict[str, Semaphore] = field(default_factory=dict)
    _change: Lock = field(default_factory=Lock)

    def run(self, actions: dict[str, Action]) -> list[Operation]:
        """Carry all actions out; an exception of one is its result."""
        random = Random(self.seed)
        results: dict[str, tuple[Any, int, int]] = {}

        def gate(actor: str) -> None:
            with self._change:
                self._waiting.add(actor)
                self._hand_on(random)
            assert self._turns[actor].acquire(timeout=PATIENCE_SECONDS), f"{self._running - self._waiting} hang"

        def act(actor: str, action: Action) -> None:
            gate(actor)
            began = len(self.order)
            try:
                result = action(gate)
            except Exception as error:  # noqa: BLE001 - what went wrong is what this actor got
                result = error
            with self._change:
                results[actor] = result, began, len(self.order)
                self._running.discard(actor)
                self._hand_on(random)

        self._running, self._turns = set(actions), {actor: Semaphore(0) for actor in actions}
        threads = [Thread(target=act, args=item, daemon=True) for item in actions.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=10 * PATIENCE_SECONDS)
        assert not self._running, f"{self._running} hang"
        return [Operation(actor, *results[actor]) for actor in actions]

    def _hand_on(self, random: Random) -> None:
        """When all wait, let one of them make its next call. Only that one wakes: there is a hand-over per call."""
        if self._running and self._waiting >= self._running:
            turn = random.choice(sorted(self._running))
            self.order.append(turn)
            self._waiting.discard(turn)
            self._turns[turn].release()
