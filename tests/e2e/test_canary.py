"""A canary from end to end: an edited document enters as a canary, the split is moved, promoted and rolled back under load."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .gateway import Client, Gateway
from .statistics import binomial_p_value, runs_z

pytestmark = pytest.mark.xdist_group("portal")

EDITION = "x-portal-edition"
HOME = "/portal/home?city=London"


@pytest.fixture
def rehearsal(gateway: Gateway) -> Iterator[Gateway]:
    """A gateway in which a save enters as a canary at 10 %; what is one at the end of a test leaves again."""
    yield gateway
    if gateway.canary("status", "prod")["state"].get("canary"):
        gateway.canary("rollback", "prod")


def edit(gateway: Gateway, new: str) -> None:
    """Change one header of the home page and wait until that release is a canary. A release that has left stays out, so each
    test has editions of its own.
    """
    document = gateway.project / "openapi" / "portal.yaml"
    text = document.read_text(encoding="utf-8")
    document.write_text(re.sub(r"Edition: \w+", f"Edition: {new}", text), encoding="utf-8")
    for _ in range(200):
        if gateway.canary("status", "prod")["state"].get("canary"):
            return
        threading.Event().wait(0.1)
    raise AssertionError("".join(gateway.output))


def editions(gateway: Gateway, count: int) -> list[str]:
    """Which release answered each of `count` requests."""
    headers = gateway.bearer(sub="ada")
    client = Client(gateway.url)
    answers = [client.request(HOME, headers=headers) for _ in range(count)]
    client.close()
    assert {answer.status for answer in answers} == {200}
    return [answer.headers[EDITION] for answer in answers]


@contextmanager
def load(gateway: Gateway, clients: int = 4) -> Iterator[dict[str, int]]:
    """Requests that flow until the block ends; counts answers and failures."""
    counts = {"answered": 0, "failed": 0}
    stop = threading.Event()

    def run() -> None:
        client = Client(gateway.url)
        while not stop.is_set():
            try:
                status = client.request("/trending").status
            except OSError:
                status = 0
            counts["answered"] += 1
            counts["failed"] += status not in {200, 429}  # a fast machine passes the operation's own throttle
            counts[f"status {status}"] = counts.get(f"status {status}", 0) + 1
        client.close()

    threads = [threading.Thread(target=run) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("count", [800, pytest.param(4000, marks=pytest.mark.slow)])
def test_a_quarter_of_the_requests_reaches_the_canary_at_random(rehearsal: Gateway, count: int) -> None:
    (stable,) = editions(rehearsal, 1)
    edit(rehearsal, f"evening{count}")
    rehearsal.canary("set", "prod", "25")
    seen = editions(rehearsal, count)
    is_canary = [edition == f"evening{count}" for edition in seen]

    assert set(seen) == {stable, f"evening{count}"}
    assert binomial_p_value(sum(is_canary), count, 0.25) > 1e-6
    assert abs(runs_z(is_canary)) < 5


def test_the_access_log_says_who_answered(rehearsal: Gateway) -> None:
    edit(rehearsal, "logged")
    rehearsal.canary("set", "prod", "50")
    before = {line["requestId"] for line in rehearsal.access_log()}
    editions(rehearsal, 60)
    lines = [line for line in rehearsal.access_log() if line["requestId"] not in before]
    flags = {line["isCanaryRequest"] for line in lines if line.get("resourcePath") == "/portal/home"}

    assert flags == {"true", "false"}


@pytest.mark.parametrize("count", [2_000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_promote_and_rollback_lose_no_request(rehearsal: Gateway, count: int) -> None:
    edit(rehearsal, f"noon{count}")
    with load(rehearsal) as counts:
        rehearsal.canary("set", "prod", "50")
        rehearsal.canary("promote", "prod")
        promoted = set(editions(rehearsal, 50))
        edit(rehearsal, f"night{count}")
        rehearsal.canary("set", "prod", "50")
        rehearsal.canary("rollback", "prod")
        rolled_back = set(editions(rehearsal, 50))
        while counts["answered"] < count:
            threading.Event().wait(0.1)

    assert promoted == {f"noon{count}"}
    assert rolled_back == {f"noon{count}"}
    assert counts["failed"] == 0, counts


def test_a_redeploy_without_changes_leaves_the_split_alone(rehearsal: Gateway) -> None:
    edit(rehearsal, "deployed")
    rehearsal.canary("set", "prod", "37")
    done = rehearsal.cli("deploy", "prod", "--canary", "10")

    assert done.returncode == 0, done.stdout + done.stderr
    assert rehearsal.canary("status", "prod")["state"]["canary"]["percent"] == 37


def test_pause_keeps_the_canary_without_requests(rehearsal: Gateway) -> None:
    (stable,) = editions(rehearsal, 1)
    edit(rehearsal, "paused")
    rehearsal.canary("set", "prod", "50")
    rehearsal.canary("pause", "prod")

    assert set(editions(rehearsal, 100)) == {stable}
    assert rehearsal.canary("status", "prod")["state"]["canary"]["percent"] == 0
