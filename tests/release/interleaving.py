"""Runs several processes of the release function at the same time, one call at a time, in an order that a seed chooses.

Each actor is a thread that stops before every call to AWS until it is its turn, so that an interleaving can be repeated.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from threading import Condition, Thread
from typing import Any

Action = Callable[[Callable[[str], None]], Any]


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
    _turn: str | None = None
    _change: Condition = field(default_factory=Condition)

    def run(self, actions: dict[str, Action]) -> list[Operation]:
        """Carry all actions out; an exception of one is its result."""
        random = Random(self.seed)
        results: dict[str, tuple[Any, int, int]] = {}

        def act(actor: str, action: Action) -> None:
            self._gate(actor)
            began = len(self.order)
            try:
                result = action(self._gate)
            except Exception as error:  # noqa: BLE001 - what went wrong is what this actor got
                result = error
            with self._change:
                results[actor] = result, began, len(self.order)
                self._running.discard(actor)
                self._change.notify_all()

        self._running = set(actions)
        threads = [Thread(target=act, args=item, daemon=True) for item in actions.items()]
        for thread in threads:
            thread.start()
        while self._hand_on(random):
            pass
        for thread in threads:
            thread.join(timeout=10)
        return [Operation(actor, *results[actor]) for actor in actions]

    def _hand_on(self, random: Random) -> bool:
        """Let one waiting actor make its next call; False when all are done."""
        with self._change:
            self._change.wait_for(lambda: self._turn is None and self._waiting >= self._running, timeout=10)
            if not self._running:
                return False
            assert self._waiting >= self._running, f"{self._running - self._waiting} hang"
            self._turn = random.choice(sorted(self._running))
            self.order.append(self._turn)
            self._waiting.discard(self._turn)
            self._change.notify_all()
            return True

    def _gate(self, actor: str) -> None:
        with self._change:
            self._waiting.add(actor)
            self._change.notify_all()
            self._change.wait_for(lambda: self._turn == actor, timeout=10)
            self._turn = None
            self._change.notify_all()
