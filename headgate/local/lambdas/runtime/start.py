"""Script that starts a zygote or one worker: `python -I -S start.py zygote|worker FD...`.

Run with `-I -S`, so neither the environment, nor the current folder, nor a `.pth` file (an editable install of the very
project under test, say) leaks into a function's `sys.path`. The runtime is loaded under a private package name for the
same reason: a function may bring a module called `headgate`.
"""

import importlib
import importlib.util
import os
import sys

PACKAGE = "_headgate_runtime"


def load_runtime() -> None:
    """Load this folder as the package `_headgate_runtime`, without touching `sys.path`."""
    folder = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    load_runtime()
    mode, *descriptors = sys.argv[1:]
    importlib.import_module(f"{PACKAGE}.{mode}").main([int(text) for text in descriptors])
