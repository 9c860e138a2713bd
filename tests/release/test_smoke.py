"""A release is asked on the preview stage before anyone else: what fails there never gets a request."""

import json
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from functions.release.releases import RefusedError
from functions.release.smoke import fetch

from .world import World

URL = "https://api1.execute-api.us-east-1.amazonaws.com/prod-preview/health"
SMOKE = json.dumps([{"url": URL, "status": "200"}])


def world(*statuses: int) -> World:
    """Release r1 is stable; the preview stage answers with the statuses, one after the other."""
    made = World(answers={URL: [200]})
    made.deploy("r1", Smoke=SMOKE)
    made.answers[URL] = list(statuses)
    return made


def test_a_release_that_answers_enters() -> None:
    made = world(200)
    made.deploy("r2", Smoke=SMOKE)

    assert made.traffic() == {"r1": 90.0, "r2": 10.0}


@pytest.mark.parametrize(("statuses", "said"), [((500,), "answered 500"), ((0,), "did not answer"), ((201,), "201")])
def test_a_release_that_fails_gets_no_traffic(statuses: tuple[int, ...], said: str) -> None:
    made = world(*statuses)

    with pytest.raises(RefusedError, match=f"release r2 failed its smoke test: GET {URL}.*{said}"):
        made.deploy("r2", Smoke=SMOKE)
    assert made.traffic() == {"r1": 100.0}


@pytest.mark.parametrize("mode", ["all-at-once", "auto", "manual"])
def test_every_way_in_is_guarded(mode: str) -> None:
    made = world(500)

    with pytest.raises(RefusedError, match="smoke"):
        made.deploy("r2", Smoke=SMOKE, Mode=mode)


def test_a_stage_that_still_answers_as_before_is_asked_again() -> None:
    made = world(404, 404, 200)
    made.deploy("r2", Smoke=SMOKE)

    assert made.slept == [2.0, 2.0]
    assert made.traffic()["r2"] == 10.0


def test_what_moves_nothing_is_not_asked() -> None:
    made = world(200)
    made.deploy("r2", Smoke=SMOKE)
    made.answers[URL] = [500]

    assert "is unchanged" in made.deploy("r2", Smoke=SMOKE)


def test_taking_a_failed_update_back_is_not_asked() -> None:
    made = world(200)
    made.deploy("r2", Smoke=SMOKE)
    made.answers[URL] = [500]
    made.deploy("r1", Smoke=SMOKE, rolling_back=True)

    assert made.traffic() == {"r1": 100.0}


class Handler(BaseHTTPRequestHandler):
    """Answers with the status that the path names."""

    def do_GET(self) -> None:
        self.send_response(int(self.path[1:]))
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def test_fetching_tells_the_status_whatever_it_is() -> None:
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        found = [fetch(f"http://127.0.0.1:{server.server_port}/{status}") for status in (200, 404, 503)]
        server.shutdown()

    assert found == [200, 404, 503]


def test_nobody_there_is_no_status() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert fetch(f"http://127.0.0.1:{taken.getsockname()[1]}/") == 0
