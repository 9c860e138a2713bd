"""Java's regular expressions in Python's words: quoting, named groups, POSIX classes, and the ends of a text. Pure."""

import re
from functools import lru_cache
from typing import Final

# java.util.regex.Pattern, "POSIX character classes (US-ASCII only)", as they stand inside of brackets.
_CLASSES: Final = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": "!-/:-@\\[-`{-~",
    "Blank": " \\t",
    "XDigit": "0-9a-fA-F",
    "Space": " \\t\\n\\x0b\\f\\r",
    "L": "a-zA-Z",
    "Lu": "A-Z",
    "Ll": "a-z",
    "N": "0-9",
    "Nd": "0-9",
}
_TOKEN: Final = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|$)|\\p\{(?:Is)?(?P<kind>\w+)\}|\\P\{(?:Is)?(?P<other>\w+)\}|\\k<(?P<again>\w+)>"
    r"|(?P<plain>\\.)|(?P<named>\(\?<(?![=!]))|(?P<open>\[\^?\]?)|(?P<close>\])",
    re.DOTALL,
)


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled; `\\d`, `\\w` and `\\s` are about ASCII, as Java's are. Raises re.error."""
    depth = 0

    def translated(found: re.Match[str]) -> str:
        nonlocal depth
        kind = found.lastgroup
        text = found[0]
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(depth - 1, 0)
        elif kind == "quoted":
            return re.escape(found["quoted"])
        elif kind == "named":
            return text if depth else "(?P<"
        elif kind == "again":
            return f"(?P={found['again']})"
        elif kind == "kind" and found["kind"] in _CLASSES:
            return _CLASSES[found["kind"]] if depth else f"[{_CLASSES[found['kind']]}]"
        elif kind == "other" and found["other"] in _CLASSES and not depth:
            return f"[^{_CLASSES[found['other']]}]"
        return _ENDS.get(text, text) if not depth else text

    return re.compile(_TOKEN.sub(translated, pattern), re.ASCII)


_ENDS: Final = {r"\z": r"\Z", r"\Z": r"(?=\n?\Z)", r"\h": r"[ \t]", r"\R": r"(?:\r\n|[\n\x0b\f\r])"}
