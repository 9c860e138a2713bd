"""Old releases go, whatever something points at stays."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.release.cleaning import Cleaner, run_clean
from functions.release.gc import GRACE_SECONDS

from .fake_versions import FakeVersions
from .world import World

HOUR = 3600.0
FUNCTION = "headgate-prod-portal-authorizer"


class Attic:
    """A world with releases r1 to r6, promoted one after the other, each with a Lambda version, all older than the grace."""

    def __init__(self, *apis: str) -> None:
        self.world = World(apis or ("api1",))
        self.versions = FakeVersions()
        for number in range(1, 7):
            self.enter(f"r{number}")
            self.world.ask("promote")
        self.world.clock += GRACE_SECONDS

    def enter(self, release: str) -> None:
        self.world.deploy(release)
        self.versions.publish(FUNCTION, release)
        self.world.clock += HOUR

    def clean(self, keep: int = 1, **more: Any) -> dict[str, Any]:
        cleaner = Cleaner(self.world.releases, [FUNCTION], self.versions)  # type: ignore[arg-type]
        return run_clean({"command": "gc", "keep": keep, **more}, cleaner, "cleaner")

    def releases(self) -> set[str]:
        return {item["description"].removeprefix("release ") for item in self.world.gateway.deployments.values()}

    def functions(self) -> set[str]:
        return {item["Description"].removeprefix("release ") for item in self.versions.versions.values()}


def test_the_newest_stay_and_what_an_undo_needs() -> None:
    attic = Attic()
    answer = attic.clean(keep=1)

    assert answer["ok"]
    assert attic.releases() == attic.functions() == {"r6", "r5"}
    assert answer["kept"] == ["r6", "r5"]
    assert attic.world.ask("undo")["ok"]


@pytest.mark.parametrize("keep", [2, 4, 6, 9])
def test_as_many_stay_as_asked_for(keep: int) -> None:
    attic = Attic()
    attic.clean(keep=keep)

    assert len(attic.releases()) == min(keep, 6)


def other_stage(attic: Attic) -> None:
    attic.world.gateway.create_stage(restApiId="api1", stageName="someone-else", deploymentId="d2")


def canary(attic: Attic) -> None:
    attic.world.ask("start", percent=5, release="r2")


def approved(attic: Attic) -> None:
    attic.world.releases.journal.approve("prod", "r2", by="ann", now=0)


def wanted(attic: Attic) -> None:
    attic.world.releases.journal.want("prod", "r2")


def just_published(attic: Attic) -> None:
    attic.world.releases.journal.remember("api1", "r2", "d2", attic.world.clock - 60)


@pytest.mark.parametrize("reason", [other_stage, canary, approved, wanted, just_published])
def test_nothing_goes_that_something_names(reason: Callable[[Attic], None]) -> None:
    attic = Attic()
    reason(attic)
    attic.clean(keep=1)

    assert "r2" in attic.releases() & attic.functions()
    assert "r3" not in attic.releases() | attic.functions()


def test_what_was_made_by_hand_is_not_ours() -> None:
    attic = Attic()
    attic.world.gateway.create_deployment(restApiId="api1", description="by hand")
    attic.versions.publish(FUNCTION, None)
    attic.clean(keep=1)

    assert "by hand" in attic.releases() & attic.functions()


def test_a_version_of_a_deploy_that_has_not_published_yet_stays() -> None:
    attic = Attic()
    attic.world.clock = 4_000_000_000.0
    attic.versions.publish(FUNCTION, "r7", made="2096-10-02T06:30:00.000+0000")
    attic.clean(keep=1)

    assert "r7" in attic.functions()


def test_a_version_that_a_failed_deploy_left_goes() -> None:
    attic = Attic()
    attic.versions.publish(FUNCTION, "never-published")
    attic.clean(keep=9)

    assert "never-published" not in attic.functions()


def test_a_dry_run_only_tells() -> None:
    attic = Attic()
    told = attic.clean(keep=1, dryRun=True)

    assert len(attic.releases()) == len(attic.functions()) == 6
    assert [d["releaseId"] for d in told["deleted"]["deployments"]] == ["r1", "r2", "r3", "r4"]
    assert attic.clean(keep=1)["deleted"] == told["deleted"]


def test_a_crash_between_two_deletions_is_finished_by_the_next_run() -> None:
    attic = Attic("a", "b")
    calls = iter(range(3))

    def stop(*_: str) -> None:
        if next(calls, None) is None:
            raise ConnectionError

    attic.world.gateway.before_update = stop
    with pytest.raises(ConnectionError):
        attic.clean(keep=1)
    attic.world.gateway.before_update = lambda *_: None

    attic.clean(keep=1)
    assert attic.releases() == attic.functions() == {"r5", "r6"}


def test_a_stage_that_is_being_moved_is_not_cleaned() -> None:
    attic = Attic()
    with attic.world.releases.journal.lease("prod", "operator", attic.world.clock):
        answer = attic.clean(keep=1)

    assert answer["error"]["code"] == "busy"
    assert len(attic.releases()) == 6


@pytest.mark.parametrize("keep", [0, -1, "3", True, 1.5, None])
def test_a_strange_number_is_refused(keep: Any) -> None:
    attic = Attic()

    assert attic.clean(keep=keep)["error"]["code"] == "bad-request"
    assert len(attic.releases()) == 6
