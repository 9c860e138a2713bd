"""Java's regular expressions: what templates and selection patterns may say."""

import re

import pytest

from headgate.local.dataplane.velocity import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"4\d{2}", "404", True),
        (r"\Qa.b\E+", "a.bbb", True),
        (r"\Qa.b", "axb", False),
        (r"(?<code>4)\k<code>", "44", True),
        (r"(?<=4)04|404", "404", True),
        (r"\p{Digit}+", "12", True),
        (r"[\p{Alpha}_]+", "ab_", True),
        (r"[^\p{Digit}]+", "a1", False),
        (r"\P{Digit}+", "ab", True),
        (r"\p{IsAlpha}\p{Punct}", "a]", True),
        (r"[\]\[]+", "[]", True),
        (r"[]a]+(?<x>b)", "]ab", True),
        (r"\d", "\u0663", False),
        (r"a\z", "a", True),
        (r"a\h\R?", "a\t\r\n", True),
        (r"a++b", "aab", True),
        (r".*Not Found.*", "line\nNot Found", False),
        (r"(\n|.)*Not Found.*", "line\nNot Found", True),
        (r"(?s).*Not Found.*", "line\nNot Found", True),
    ],
)
def test_whole_texts(pattern: str, text: str, *, matches: bool) -> None:
    assert (compile_pattern(pattern).fullmatch(text) is not None) is matches


@pytest.mark.parametrize("pattern", ["[", "(", r"\p{Nothing}"])
def test_a_pattern_that_is_none(pattern: str) -> None:
    with pytest.raises(re.error):
        compile_pattern(pattern)
