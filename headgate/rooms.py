"""Where the rooms `functions` and `infra` are: beside this package in the repository, inside it in an installed wheel.

A user's project may have packages called `functions` and `infra` of its own, so the wheel carries ours as
`headgate._rooms.functions` and `headgate._rooms.infra` (docs/decisions/0002-rooms-in-the-wheel.md).
"""

import importlib
from pathlib import Path
from types import ModuleType

PACKAGE = Path(__file__).resolve().parent
INSTALLED = PACKAGE / "_rooms"


def folder(room: str) -> Path:
    """The folder that holds a room's source, such as `functions`."""
    inside = INSTALLED / room
    return inside if inside.is_dir() else PACKAGE.parent / room


def module_name(name: str) -> str:
    """`infra.warm` -> the name under which it can be imported or run with `python -m` here."""
    return f"headgate._rooms.{name}" if INSTALLED.is_dir() else name


def load(name: str) -> ModuleType:
    """Import a module of a room: `load("functions.release.canary")`."""
    return importlib.import_module(module_name(name))
