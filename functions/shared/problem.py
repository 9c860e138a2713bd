"""Problem details (RFC 9457): what a client reads when a request fails. Pure; imports nothing but dataclasses.

    Problem(502, "upstream-failed", "A required part could not be fetched", "Step cafes failed.").to_json()
    -> {"type": "https://headgate.dev/problems/upstream-failed", "title": ..., "status": 502, "detail": ...}

A detail never holds an upstream's body, address or credential: those belong in no answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "https://headgate.dev/problems/"


@dataclass(frozen=True)
class Problem:
    """One failure as the client may see it; `kind` is the stable last segment of `type`."""

    status: int
    kind: str
    title: str
    detail: str = ""
    members: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The members of RFC 9457 section 3.1; extension members follow and never replace them."""
        document: dict[str, object] = {"type": TYPE_BASE + self.kind, "title": self.title, "status": self.status}
        if self.detail:
            document["detail"] = self.detail
        return {**self.members, **document}


class ProblemError(Exception):
    """Raised where a request cannot go on; the edge answers with its problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.problem = problem
