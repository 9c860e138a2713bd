"""What may be deleted: releases that nothing points at, but for the newest few. Pure.

A deployment goes before the Lambda versions that only it names, so that a crash in between leaves versions without a deployment,
which the next run deletes. Kept whatever their age: what any stage of the API points at (ours or not), what an undo would go back
to, what the last deploy wanted, what is approved, and what was published a short while ago and may be about to enter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# Longer than CloudFormation takes from the publication to the rollout.
GRACE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Made:
    """A deployment of an API as it is listed; `release` None for one that is not ours. `at` in seconds since 1970."""

    api: str
    deployment: str
    release: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Version:
    """A published version of a function, the release its description names, and when it was made."""

    function: str
    version: str
    release: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Needed:
    """What must stay: deployments that a pointer names, releases by name, and when releases were last published."""

    deployments: frozenset[str]
    releases: frozenset[str]
    published: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Sweep:
    """What goes, in order, and which releases stay (newest first)."""

    deployments: tuple[Made, ...]
    versions: tuple[Version, ...]
    kept: tuple[str, ...]


def sweep(made: Sequence[Made], versions: Sequence[Version], needed: Needed, *, keep: int, now: float) -> Sweep:
    """What to delete so that `keep` releases stay beside those that are needed. What was made by hand is never ours to delete."""
    newest = _newest_first(made)
    kept = {
        release for position, release in enumerate(newest) if position < keep or _is_needed(release, made, needed, now)
    }
    gone = [one for one in made if one.release is not None and one.release not in kept]
    orphans = [version for version in versions if _is_orphan(version, kept, needed, now)]
    return Sweep(tuple(gone), tuple(orphans), tuple(release for release in newest if release in kept))


def _is_needed(release: str, made: Sequence[Made], needed: Needed, now: float) -> bool:
    own = [one for one in made if one.release == release]
    is_pointed_at = any(one.deployment in needed.deployments for one in own)
    is_young = any(now - one.at < GRACE_SECONDS for one in own)
    return is_pointed_at or is_young or release in needed.releases or not _is_old(release, needed, now)


def _is_orphan(version: Version, kept: set[str], needed: Needed, now: float) -> bool:
    """A young version may belong to a deploy that has not published yet."""
    if version.release is None or version.release in kept or now - version.at < GRACE_SECONDS:
        return False
    return _is_old(version.release, needed, now)


def _is_old(release: str, needed: Needed, now: float) -> bool:
    return release not in needed.releases and now - needed.published.get(release, 0.0) >= GRACE_SECONDS


def _newest_first(made: Iterable[Made]) -> list[str]:
    latest: dict[str, float] = {}
    for one in made:
        if one.release is not None:
            latest[one.release] = max(latest.get(one.release, 0.0), one.at)
    return sorted(latest, key=lambda release: (-latest[release], release))
