"""What the rooms share: problems as RFC 9457 has them, and log lines that hold no more than they were given."""

import json
import subprocess
import sys
from pathlib import Path

from functions.aggregator.calls import OWN_HEADERS
from functions.shared.problem import Problem
from headgate.spec.arazzo.steps import OWN_HEADERS as REFUSED_HEADERS

ROOT = Path(__file__).parents[2]


def test_a_problem_has_the_members_of_the_rfc():
    problem = Problem(502, "upstream-failed", "Bad", "It broke", {"step": "cafes"})

    assert problem.to_json() == {
        "type": "https://headgate.dev/problems/upstream-failed",
        "title": "Bad",
        "status": 502,
        "detail": "It broke",
        "step": "cafes",
    }


def test_an_extension_member_replaces_none_of_them():
    assert Problem(502, "a", "Bad", "d", {"status": 200, "type": "x"}).to_json()["status"] == 502


def run(code):
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def test_an_event_is_one_line_with_its_fields():
    line = run("from functions.shared.log import log_event; log_event('request.answered', {'status': 200})")

    assert (line["message"], line["status"], line["level"]) == ("request.answered", 200, "INFO")


def test_a_fault_is_told_by_kind_and_place_and_not_by_what_it_quotes():
    code = """
from functions.shared.log import log_failure
try: int('canary-4f1c')
except ValueError: log_failure('request.failed', {'route': 'GET /'})
"""
    line = run(code)

    assert (line["error"], line["route"]) == ("ValueError", "GET /")
    assert line["frames"] == ["<string>:3 <module>"]
    assert "canary" not in json.dumps(line)


def test_the_compiler_refuses_the_headers_that_the_aggregator_drops():
    assert REFUSED_HEADERS == OWN_HEADERS
