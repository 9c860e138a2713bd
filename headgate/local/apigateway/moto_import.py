"""moto's API Gateway without the OpenAPI validator that its models import at their top: an eighth of the cloud's start.

Only moto's own ImportRestApi calls it, and ours has taken that one's place. To be imported before anything of `moto.apigateway`.
"""

import sys
from types import ModuleType
from typing import Any

NAMES = ("openapi_spec_validator", "openapi_spec_validator.validation", "openapi_spec_validator.validation.exceptions")


class OpenAPIValidationError(Exception):
    """Stands for the validator's own; nothing raises it."""


def validate(document: Any) -> None:
    """The real validator, should moto ever call it."""
    from openapi_spec_validator import validate as really  # noqa: PLC0415

    really(document)


def _load() -> None:
    if "moto.apigateway.models" in sys.modules or NAMES[0] in sys.modules:
        return  # somebody has paid for it already
    modules = {name: ModuleType(name) for name in NAMES}
    modules[NAMES[0]].validate = validate  # type: ignore[attr-defined]
    modules[NAMES[2]].OpenAPIValidationError = OpenAPIValidationError  # type: ignore[attr-defined]
    sys.modules.update(modules)
    try:
        import moto.apigateway.models  # noqa: F401, PLC0415
    finally:
        for name in NAMES:  # whoever else wants it gets the real one
            del sys.modules[name]


_load()
