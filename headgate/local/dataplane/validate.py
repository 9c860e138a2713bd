"""Request validation: parameters first, then the body against a draft-4 model (FACTS 8.1 to 8.7).

jsonschema is imported with the first body that is checked.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..records import Method, Model, RequestValidator
from .exchange import Exchange
from .media import for_request
from .refusal import Refusal, misconfigured
from .schema_messages import UNREADABLE, validation_string
from .switches import Switches
from .trace import schema_problems

if TYPE_CHECKING:
    from jsonschema import Draft4Validator
    from referencing import Registry, Resource

# FACTS 8.7: how a model refers to another; the last segment is the name, whatever API it was written for.
_MODELS = "https://apigateway.amazonaws.com/restapis/"


class Validation:
    """What one operation's request validator checks."""

    def __init__(
        self, method: Method, validator: RequestValidator, models: Mapping[str, Model], *, switches: Switches
    ) -> None:
        wanted = [name for name, required in method.request_parameters.items() if required]
        self._required = sorted(wanted) if validator.validate_request_parameters else []  # FACTS 8.2
        self._places = [(place, name) for _, _, place, name in (one.split(".", 3) for one in self._required)]
        self._case_sensitive = switches.header_parameters_case_sensitive
        self._models = models
        self._body_models = dict(method.request_models) if validator.validate_request_body else {}
        self._compiled: dict[str, Draft4Validator] = {}

    def check(self, exchange: Exchange) -> None:
        """Raises Refusal 400 naming every missing parameter, or saying that the body is wrong (FACTS 1.7)."""
        if exchange.notes is not None:
            exchange.notes.tell(required=[name.removeprefix("method.request.") for name in self._required])
        missing = [name for place, name in self._places if not self._present(place, name, exchange)]
        if missing:
            message = f"Missing required request parameters: [{', '.join(missing)}]"
            raise Refusal("BAD_REQUEST_PARAMETERS", message, message=message, validation=message)
        if self._body_models:
            self._check_body(exchange)

    def _present(self, place: str, parameter: str, exchange: Exchange) -> bool:
        """A blank value counts as missing (FACTS 8.3)."""
        if place == "path":
            return bool(exchange.parameters.get(parameter, "").strip())
        if place == "querystring":
            return any(value.strip() for value in exchange.query.get(parameter, ()))
        for sent, lower, value in exchange.headers:
            same = sent == parameter if self._case_sensitive else lower == parameter.lower()  # FACTS 8.4
            if same and value.strip():
                return True
        return False

    def _check_body(self, exchange: Exchange) -> None:
        """FACTS 8.6: the model by Content-Type; an empty body is `{}`; no model, no check."""
        name = for_request(self._body_models, exchange.header("content-type"))
        if exchange.notes is not None:
            exchange.notes.tell(model=name, models=dict(self._body_models))
        if name is None or name == "Empty":
            return
        try:
            body = json.loads(exchange.request.body or b"{}", parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise Refusal("BAD_REQUEST_BODY", str(error), validation=UNREADABLE) from None
        problems = list(self._validator(name).iter_errors(body))
        if problems:
            if exchange.notes is not None:
                exchange.notes.tell(problems=schema_problems(iter(problems)))
            said = validation_string(problems) if exchange.request.body else UNREADABLE
            raise Refusal("BAD_REQUEST_BODY", said, validation=said)

    def _validator(self, name: str) -> "Draft4Validator":
        if name not in self._compiled:
            from jsonschema import Draft4Validator  # noqa: PLC0415

            schema = schema_of(self._models, name)
            self._compiled[name] = Draft4Validator(schema, registry=_registry(self._models))
        return self._compiled[name]


def _refuse(constant: str) -> None:
    """Python reads `NaN`; JSON has no such thing."""
    raise ValueError(f"{constant} is no JSON")


def schema_of(models: Mapping[str, Model], name: str) -> Any:
    """A model's schema, parsed. Raises Refusal 500 when the API's own configuration is wrong."""
    model = models.get(name)
    if model is None:
        raise misconfigured(f"there is no model {name}")
    try:
        return json.loads(model.schema)
    except ValueError as error:
        raise misconfigured(f"model {name} is no JSON: {error}") from None


def _registry(models: Mapping[str, Model]) -> "Registry[Any]":
    from referencing import Registry  # noqa: PLC0415
    from referencing.exceptions import NoSuchResource  # noqa: PLC0415
    from referencing.jsonschema import DRAFT4  # noqa: PLC0415

    def retrieve(uri: str) -> "Resource[Any]":
        name = uri.rsplit("/", 1)[-1]
        if not uri.startswith(_MODELS) or name not in models:
            raise NoSuchResource(uri)
        return DRAFT4.create_resource(schema_of(models, name))

    return Registry(retrieve=retrieve)  # type: ignore[call-arg]
