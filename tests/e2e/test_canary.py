"""A canary from end to end: an edited document enters as a canary, the split is moved, promoted and rolled back under load."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .gateway import Client, Gateway, portal
from .statistics import binomial_p_value, runs_z

EDITION = "x-portal-edition"
HOME = "/portal/home?city=London"


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Gateway]:
    """A gateway in which a save enters as a canary at 10 %."""
    with portal(tmp_path, "--seed", "20261121", "--canary", "10") as running:
        yield running


def edit(gateway: Gateway, new: str, old: str = "morning") -> None:
    """Change one header of the home page and wait until that release is a canary."""
    document = gateway.project / "openapi" / "portal.yaml"
    document.write_text(document.read_text(encoding="utf-8").replace(f"Edition: {old}", f"Edition: {new}"), "utf-8")
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


def test_a_quarter_of_the_requests_reaches_the_canary_at_random(rehearsal: Gateway) -> None:
    edit(rehearsal, "evening")
    rehearsal.canary("set", "prod", "25")
    seen = editions(rehearsal, 4000)
    is_canary = [edition == "evening" for edition in seen]

    assert set(seen) == {"morning", "evening"}
    assert binomial_p_value(sum(is_canary), 4000, 0.25) > 1e-6
    assert abs(runs_z(is_canary)) < 5


def test_the_access_log_says_who_answered(rehearsal: Gateway) -> None:
    edit(rehearsal, "evening")
    rehearsal.canary("set", "prod", "50")
    editions(rehearsal, 200)
    lines = rehearsal.access_log()
    flags = {line["isCanaryRequest"] for line in lines if line.get("resourcePath") == "/portal/home"}

    assert flags == {"true", "false"}


def test_promote_and_rollback_lose_no_request(rehearsal: Gateway) -> None:
    edit(rehearsal, "evening")
    with load(rehearsal) as counts:
        rehearsal.canary("set", "prod", "50")
        rehearsal.canary("promote", "prod")
        promoted = set(editions(rehearsal, 50))
        edit(rehearsal, "night", old="evening")
        rehearsal.canary("set", "prod", "50")
        rehearsal.canary("rollback", "prod")
        rolled_back = set(editions(rehearsal, 50))
        while counts["answered"] < 20_000:
            threading.Event().wait(0.1)

    assert promoted == {"evening"}
    assert rolled_back == {"evening"}
    assert counts["failed"] == 0, counts


def test_a_redeploy_without_changes_leaves_the_split_alone(rehearsal: Gateway) -> None:
    edit(rehearsal, "evening")
    rehearsal.canary("set", "prod", "37")
    done = rehearsal.cli("deploy", "prod", "--canary", "10")

    assert done.returncode == 0, done.stdout + done.stderr
    assert rehearsal.canary("status", "prod")["state"]["canary"]["percent"] == 37


def test_pause_keeps_the_canary_without_requests(rehearsal: Gateway) -> None:
    edit(rehearsal, "evening")
    rehearsal.canary("set", "prod", "50")
    rehearsal.canary("pause", "prod")

    assert set(editions(rehearsal, 100)) == {"morning"}
    assert rehearsal.canary("status", "prod")["state"]["canary"]["percent"] == 0
