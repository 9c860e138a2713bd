"""Parts of a document that may be absent or of the wrong kind: then there are none."""

from __future__ import annotations

from ..source.document import Located


def items_of(at: Located | None) -> list[Located]:
    """The items of a list."""
    return (
        [at.child(number) for number in range(len(at.value))] if at is not None and isinstance(at.value, list) else []
    )


def members_of(at: Located | None) -> list[tuple[str, Located]]:
    """The members of an object."""
    return list(at.items()) if at is not None and isinstance(at.value, dict) else []
