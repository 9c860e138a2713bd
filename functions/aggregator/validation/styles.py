"""The styles of parameters (OpenAPI 3.1 section 4.8.12): from texts to lists of items or of members. Pure.

split_path("matrix", False, "color", ";color=R,100", is_object=True) -> ["R", "100"]
"""

from urllib.parse import unquote_to_bytes

from .violations import BadValueError

SEPARATORS = {"form": ",", "simple": ",", "spaceDelimited": " ", "pipeDelimited": "|"}


def decoded(text: str) -> str:
    """Percent-encoding undone, strictly UTF-8."""
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise BadValueError("is not UTF-8") from None


def path_text(style: str, name: str, raw: str) -> str:
    """A scalar in a path, without the decoration of its style."""
    if style == "label":
        return decoded(_without(".", raw))
    if style == "matrix":
        key, equals, value = _without(";", raw).partition("=")
        if decoded(key) != name:
            raise BadValueError(f"must be written ;{name}=value")
        return decoded(value) if equals else ""
    return decoded(raw)


def path_items(style: str, name: str, raw: str, *, explode: bool) -> list[str]:
    """The items of an array in a path. Delimiters are what was sent as such: an encoded comma is part of an item."""
    if style == "label":
        return [decoded(part) for part in _without(".", raw).split("." if explode else ",")]
    if style == "matrix":
        return [decoded(part) for part in _matrix_items(name, raw, explode=explode)]
    return [decoded(part) for part in raw.split(",")] if raw else []


def _matrix_items(name: str, raw: str, *, explode: bool) -> list[str]:
    pairs = [part.partition("=") for part in _without(";", raw).split(";")]
    if any(decoded(key) != name for key, _, _ in pairs) or (not explode and len(pairs) > 1):
        raise BadValueError(f"must be written ;{name}=value")
    return [value for _, _, value in pairs] if explode else pairs[0][2].split(",")


def path_members(style: str, name: str, raw: str, *, explode: bool) -> list[tuple[str, str]]:
    """The members of an object in a path."""
    if style == "matrix" and explode:
        return [_member(part) for part in _without(";", raw).split(";")]
    if explode:
        body, separator = (_without(".", raw), ".") if style == "label" else (raw, ",")
        return [_member(part) for part in body.split(separator)]
    return paired(path_items(style, name, raw, explode=False))


def _member(text: str) -> tuple[str, str]:
    key, value = named(text)
    return decoded(key), decoded(value)


def named(text: str) -> tuple[str, str]:
    """`name=value` as a member."""
    key, equals, value = text.partition("=")
    if not equals:
        raise BadValueError("must be made of name=value")
    return key, value


def paired(parts: list[str]) -> list[tuple[str, str]]:
    """`R,100,G,200` as members."""
    if len(parts) % 2:
        raise BadValueError("must be made of names and values in turn")
    return list(zip(parts[::2], parts[1::2], strict=True))


def _without(mark: str, raw: str) -> str:
    if not raw.startswith(mark):
        raise BadValueError(f"must begin with {mark}")
    return raw[1:]
