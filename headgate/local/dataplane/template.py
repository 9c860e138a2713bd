"""Mapping templates: the one door to the VTL engine, airspeed-ext (FACTS 8.19 to 8.21).

airspeed-ext is the fork that is tested against AWS; plain airspeed prints unknown references and Python's `True`, and cannot set
`$map['key']`. What API Gateway adds (`$input`, `$util`, Java's way to print values) is here.
"""

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from airspeed import operators  # type: ignore[import-untyped]

from .context import context_of
from .exchange import Exchange
from .jsonpath import find
from .refusal import misconfigured

MAX_TEMPLATE_BYTES = 300 * 1024  # FACTS 8.21
# A template reaches Python objects through names such as `.__class__`; no JSON member is called so.
_FORBIDDEN = re.compile(r"__\w+__")


class JavaMap(dict[str, Any]):
    """A JSON object that prints as Java's maps do: `{foo=bar}` (FACTS 8.20)."""

    def __str__(self) -> str:
        return "{" + ", ".join(f"{name}={printed(value)}" for name, value in self.items()) + "}"

    put = operators.dict_put

    def keySet(self) -> list[str]:  # noqa: N802 Java's name
        return list(self)

    def entrySet(self) -> list["JavaMap"]:  # noqa: N802
        return [JavaMap(key=key, value=value) for key, value in self.items()]

    def containsKey(self, key: str) -> bool:  # noqa: N802
        return key in self

    def size(self) -> int:
        return len(self)

    def isEmpty(self) -> bool:  # noqa: N802
        return not self


class JavaList(list[Any]):
    """A JSON array that prints as JSON (FACTS 8.20)."""

    def __str__(self) -> str:
        return to_json(self)

    def size(self) -> int:
        return len(self)

    def get(self, index: int) -> Any:
        return self[index]

    def contains(self, value: Any) -> bool:
        return value in self

    def isEmpty(self) -> bool:  # noqa: N802
        return not self

    def add(self, value: Any) -> bool:
        self.append(value)
        return True


class Missing(str):
    """What `$input.path` finds nowhere: prints nothing, equals `$null` and `""` (FACTS 8.20)."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return other is None or other == ""

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


MISSING = Missing()


def java(value: Any) -> Any:
    """Parsed JSON with Java's manners."""
    if isinstance(value, dict):
        return JavaMap({name: java(item) for name, item in value.items()})
    if isinstance(value, list):
        return JavaList(java(item) for item in value)
    return value


def printed(value: Any) -> str:
    """A value inside a Java map."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return str(value)


def to_json(value: Any) -> str:
    """Compact JSON, as `$input.json` prints it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Input:
    """`$input`: the body as text, as JSON or by path, and the request's parameters."""

    def __init__(self, exchange: Exchange, body: bytes) -> None:
        self._exchange = exchange
        try:
            self.body = body.decode() or "{}"  # FACTS 8.20
        except UnicodeDecodeError as error:
            raise misconfigured(f"a mapping template needs text, the body is binary: {error}") from None  # FACTS 8.28

    def path(self, path: str) -> Any:
        """The value at a JSONPath, or MISSING."""
        value = find(self._document(), path)
        return MISSING if value is None else java(value)

    def json(self, path: str) -> str:
        """The value at a JSONPath, as JSON; a missing one is an empty string."""
        value = find(self._document(), path)
        return to_json("" if value is None else value)

    def params(self, name: str | None = None) -> Any:
        """One parameter, searched in path, query string and headers; or all three maps."""
        exchange = self._exchange
        places: dict[str, Any] = JavaMap(
            path=JavaMap(exchange.parameters),
            querystring=JavaMap({key: values[-1] for key, values in exchange.query.items()}),
            header=JavaMap({key: value for key, _, value in exchange.headers}),
        )
        if name is None:
            return places
        return next((place[name] for place in places.values() if name in place), "")

    def _document(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body


class Util:
    """`$util` (mapping template reference)."""

    escapeJavaScript = staticmethod(lambda text: _escape_java_script(str(text)))  # noqa: N815 AWS's name
    parseJson = staticmethod(lambda text: java(json.loads(text)))  # noqa: N815
    urlEncode = staticmethod(lambda text: quote_plus(str(text), safe="*-._"))  # noqa: N815 FACTS 8.20: + for a space
    urlDecode = staticmethod(lambda text: unquote_plus(str(text)))  # noqa: N815
    base64Encode = staticmethod(lambda text: base64.b64encode(str(text).encode()).decode())  # noqa: N815
    base64Decode = staticmethod(lambda text: base64.b64decode(str(text)).decode("utf-8", "replace"))  # noqa: N815


def _escape_java_script(text: str) -> str:
    """FACTS 8.21: `'` becomes `\\'`, which is no JSON."""
    written = json.dumps(text)[1:-1]
    return written.replace("'", "\\'").replace("/", "\\/")


class Template:
    """One mapping template, compiled when it is first rendered; a constant one never meets the engine."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.constant: str | None = None if "$" in text or "#" in text else text
        self._render: Callable[[dict[str, Any]], str] | None = None

    def render(self, exchange: Exchange, body: bytes) -> str:
        """The text for one request. Raises Refusal 500 when the template is wrong."""
        if self.constant is not None:
            return self.constant
        if self._render is None:
            self._render = _compile(self._text)
        names = {
            "context": context_of(exchange),
            "input": Input(exchange, body),
            "stageVariables": JavaMap(exchange.side.variables),
            "util": Util,
        }
        try:
            return self._render(names)
        except (operators.TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise misconfigured(f"mapping template: {error}") from error


def _compile(text: str) -> Callable[[dict[str, Any]], str]:
    if len(text.encode()) > MAX_TEMPLATE_BYTES:
        raise misconfigured(f"a mapping template has at most {MAX_TEMPLATE_BYTES} bytes")
    if _FORBIDDEN.search(text):
        raise misconfigured("a mapping template names a Python attribute (__x__)")
    template = operators.Template(text)
    try:
        template.ensure_compiled()
    except operators.TemplateError as error:
        raise misconfigured(f"mapping template: {error}") from error
    merge: Callable[[dict[str, Any]], str] = template.merge
    return merge


def _teach_java() -> None:
    """Java methods of literals, which airspeed-ext keeps in a table for others to extend."""
    methods = operators.__additional_methods__
    for name, method in {
        "equals": lambda self, other: self == other,
        "equalsIgnoreCase": lambda self, other: self.lower() == str(other).lower(),
        "isEmpty": lambda self: not self,
        "toLowerCase": str.lower,
        "toUpperCase": str.upper,
        "toString": str,
        "trim": str.strip,
        "endsWith": str.endswith,
        "indexOf": str.find,
    }.items():
        methods[str][name] = method
    methods[dict].update(
        entrySet=lambda self: [JavaMap(key=key, value=value) for key, value in self.items()],
        containsKey=lambda self, key: key in self,
        isEmpty=lambda self: not self,
        size=len,
    )


_teach_java()
