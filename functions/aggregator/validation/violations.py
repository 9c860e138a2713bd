"""What is wrong with a request, as the client reads it: where, and what was wanted. Never what was sent. Pure."""

from dataclasses import dataclass

MAX_VIOLATIONS = 20
MAX_TEXT = 80


@dataclass(frozen=True, slots=True)
class Violation:
    """`place` is body, query, path, header or cookie; `pointer` (RFC 6901) leads into the body or the parameter's value."""

    place: str
    detail: str
    pointer: str = ""
    parameter: str | None = None

    def to_json(self) -> dict[str, str]:
        """A member of `errors` in the problem."""
        named = {} if self.parameter is None else {"parameter": shortened(self.parameter)}
        return {"in": self.place, "pointer": self.pointer, **named, "detail": self.detail}


class BadValueError(ValueError):
    """A text that stands for no value; the message is for the client."""


class UnsupportedMediaTypeError(Exception):
    """A body of a type that the operation does not take: 415."""


def shortened(text: str) -> str:
    """A name that came with the request, short enough to be shown.

    >>> len(shortened("x" * 500))
    80
    """
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def pointer(path: list[str | int]) -> str:
    """A JSON pointer; keys of clients are shortened."""
    return "".join("/" + shortened(str(part)).replace("~", "~0").replace("/", "~1") for part in path)
