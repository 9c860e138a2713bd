"""Which route of an API a path means, and which come near it and why they do not. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

Routes = Mapping[str, Sequence[str]]  # resource path -> its verbs
ALMOST = 0.6
SHOWN = 3
ANY_VERBS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})  # FACTS 2.4


@dataclass(frozen=True)
class Near:
    """A route that does not serve the request, and the reason."""

    resource: str
    verbs: tuple[str, ...]
    reason: str

    def to_json(self) -> dict[str, Any]:
        return {"resource": self.resource, "verbs": list(self.verbs), "reason": self.reason}


def find(routes: Routes, method: str, path: str) -> str | None:
    """The resource that serves a request: literals before variables before `{x+}`, by (resource, verb) (FACTS 2.1, 2.3)."""
    serving = [resource for resource, verbs in routes.items() if serves(verbs, method) and matches(resource, path)]
    return max(serving, key=_rank, default=None)


def serves(verbs: Sequence[str], method: str) -> bool:
    """Whether a resource has the verb, or ANY."""
    return method in verbs or ("ANY" in verbs and method in ANY_VERBS)


def matches(resource: str, path: str) -> bool:
    """Whether a resource's template takes a path, whatever the verb."""
    wanted, given = segments(resource), segments(path)
    if wanted and wanted[-1].endswith("+}"):
        wanted = wanted[:-1]
        if len(given) <= len(wanted):
            return False
        given = given[: len(wanted)]
    return len(wanted) == len(given) and all(_fits(*pair) for pair in zip(wanted, given, strict=True))


def near(routes: Routes, method: str, path: str) -> list[Near]:
    """Routes that come near, the nearest first."""
    found = []
    for resource, verbs in routes.items():
        if matches(resource, path):
            found.append((2.0, Near(resource, tuple(verbs), f"has {', '.join(verbs)}, not {method}")))
            continue
        likeness = _likeness(segments(resource), segments(path))
        if likeness >= ALMOST:
            found.append((likeness, Near(resource, tuple(verbs), "; ".join(reasons(resource, path)))))
    found.sort(key=lambda one: (-one[0], one[1].resource))
    same_path = [one for likeness, one in found if likeness > 1]
    return same_path or [one for _, one in found[:SHOWN]]


def reasons(resource: str, path: str) -> Iterator[str]:
    """Why a template does not take a path."""
    wanted, given = segments(resource), segments(path)
    for number, (want, got) in enumerate(zip(wanted, given, strict=False), 1):
        if not _fits(want, got):
            yield f"segment {number} is {got or 'empty'}, not {want}"
    if len(wanted) != len(given) and not (wanted and wanted[-1].endswith("+}")):
        yield f"has {len(wanted)} segments, not {len(given)}"


def segments(path: str) -> list[str]:
    """Slashes at either end do not count (FACTS 2.6, 2.8)."""
    inner = path.strip("/")
    return inner.split("/") if inner else []


def _is_variable(segment: str) -> bool:
    return segment.startswith("{") and segment.endswith("}")


def _fits(want: str, got: str) -> bool:
    return bool(got) if _is_variable(want) else want == got


def _rank(resource: str) -> list[int]:
    """Segment by segment: a literal is better than a variable, that better than the rest of a path."""
    return [0 if part.endswith("+}") else 1 if _is_variable(part) else 2 for part in segments(resource)]


def _likeness(wanted: list[str], given: list[str]) -> float:
    """1.0 for equal; variables like anything."""
    filled = [got if _is_variable(want) and got else want for want, got in zip(wanted, given, strict=False)]
    rest = wanted[len(filled) :]
    return SequenceMatcher(None, "/".join([*filled, *rest]), "/".join(given)).ratio()
