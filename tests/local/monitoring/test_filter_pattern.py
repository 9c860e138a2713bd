"""Filter patterns: which events match."""

import json
from typing import Any

import pytest

from headgate.local.monitoring.filter_pattern import PatternError, compile_pattern

EVENT = {
    "status": 503,
    "canary": "true",
    "latency": 12.5,
    "ok": False,
    "user": None,
    "path": "/users/a b",
    "ip": "123.123.4.5",
    "items": [{"id": "a1"}, {"id": "b2"}],
    "odd-name": {"x_y": "deep"},
}


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("", True),
        ('{ $.status >= 500 && $.canary = "true" }', True),
        ('{ $.status >= 500 && $.canary = "false" }', False),
        ("{ $.status = 503 }", True),
        ("{ $.status = 5* }", True),
        ("{ $.status = 4* }", False),
        ("{ $.status != 200 }", True),
        ("{ $.status > 5.02e2 }", True),
        ("{ $.latency < 12.5 }", False),
        ("{ $.latency <= 12.5 }", True),
        ("{ $.ok IS FALSE }", True),
        ("{ $.ok IS TRUE }", False),
        ("{ $.ok = 0 }", False),
        ("{ $.user IS NULL }", True),
        ("{ $.status IS NULL }", False),
        ("{ $.missing NOT EXISTS }", True),
        ("{ $.status NOT EXISTS }", False),
        ("{ $.missing != 1 }", False),
        ('{ $.status = "*" }', False),
        ('{ $.canary = "*" }', True),
        ("{ $.ip = 123.123.* }", True),
        ("{ $.ip != 123.123.* }", False),
        ('{ $.path = "/users/a b" }', True),
        ("{ $.path = %^/users/.% }", True),
        ('{ $.items[1].id = "b2" }', True),
        ('{ $.items[2].id = "b2" }', False),
        ('{ $.items[*].id = "b*" }', True),
        ('{ $.odd-name.x_y = "deep" }', True),
        ("{ $.status = 1 || $.status = 503 && $.latency > 100 }", False),
        ("{ ($.status = 1 || $.status = 503) && $.latency > 10 }", True),
        ("503", True),
        ("{ $.canary > 1 }", False),
    ],
    ids=str,
)
def test_patterns_over_json(pattern: str, matches: bool) -> None:
    assert (compile_pattern(pattern)(json.dumps(EVENT)) is not None) == matches


def test_a_quoted_number_is_a_text() -> None:
    pattern = compile_pattern('{ $.status = "503" }')

    assert pattern('{"status": "503"}') is not None
    assert pattern('{"status": 503}') is None


@pytest.mark.parametrize("line", ["not json", "[1]", '{"status": 5', ""])
def test_what_is_no_object_never_matches_a_json_pattern(line: str) -> None:
    assert compile_pattern("{ $.status NOT EXISTS }")(line) is None


@pytest.mark.parametrize(
    ("pattern", "line", "matches"),
    [
        ("ERROR", "an ERROR here", True),
        ("ERROR", "an error here", False),
        ("ERROR timeout", "ERROR: a timeout", True),
        ("ERROR -timeout", "ERROR: a timeout", False),
        ("?ERROR ?WARN", "a WARN", True),
        ("?ERROR ?WARN", "an INFO", False),
        ("?ERROR INFO", "an INFO", True),
        ('"two words"', "in two words", True),
        ('"two words"', "words two", False),
        (r'"a \"b\""', 'say a "b"', True),
        (r"%ERR\w+%", "an ERRNO", True),
    ],
)
def test_patterns_of_terms(pattern: str, line: str, matches: bool) -> None:
    assert (compile_pattern(pattern)(line) is not None) == matches


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("[ip, user, time, request, status, bytes]", True),
        ("[ip, user, time, request, status]", False),
        ("[ip, user, time, request, status = 4*, bytes]", True),
        ("[ip, user, time, request, status = 5*, bytes]", False),
        ("[ip, ..., bytes > 10]", True),
        ("[ip, ..., bytes > 1000]", False),
        ("[..., status = 404 || status = 410, bytes]", True),
        ("[ip != 127.*, ...]", True),
        ('[, , , request = "GET *", , ]', True),
    ],
)
def test_patterns_over_words(pattern: str, matches: bool) -> None:
    line = '1.2.3.4 bob [21/Nov/2026] "GET /a b" 404 20'

    assert (compile_pattern(pattern)(line) is not None) == matches


@pytest.mark.parametrize(
    ("selector", "value"), [("$.status", 503), ("$.items[0].id", "a1"), ("$.nowhere.at.all", None)]
)
def test_a_match_gives_values_of_the_document(selector: str, value: Any) -> None:
    match = compile_pattern("{ $.status = 503 }")(json.dumps(EVENT))

    assert match is not None
    assert match.value(selector) == value


def test_a_match_gives_words_by_name() -> None:
    match = compile_pattern("[..., status, bytes]")("a b 404 20")

    assert match is not None
    assert (match.value("$status"), match.value("$bytes")) == ("404", "20")


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("{ $.status >= }", "a value"),
        ('{ $.status >= "500" }', "a number after >="),
        ("{ $.a EXISTS }", "NOT EXISTS"),
        ("{ $.a = 1", "'}'"),
        ("{ $.a = 1 } more", "the end"),
        ("{ status = 1 }", "a selector such as $.status"),
        ("{ $.a == 1 }", "a value"),
        ("[a, b", "closing ]"),
        ("[..., ...]", "more than one"),
        ('"unclosed', "cannot read"),
    ],
)
def test_a_wrong_pattern_is_refused_with_its_reason(pattern: str, told: str) -> None:
    with pytest.raises(PatternError) as refusal:
        compile_pattern(pattern)

    assert told in str(refusal.value)
