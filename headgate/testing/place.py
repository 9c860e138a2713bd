"""The process's one place for a cloud, as moto's state is the process's: the fixture's gateway gives way to `mocked_gateway`."""

from collections.abc import Callable


class Place:
    """Who holds it, as the function that makes the holder give way."""

    give_way: Callable[[], None] | None = None
