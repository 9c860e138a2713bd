"""From a client's request to a call of an AWS service (FACTS 8.31 to 8.37), for integrations of type AWS."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from ..records import Integration
from .exchange import Exchange
from .http_backend import own_headers, with_overrides
from .mapping import Mapped, RequestMapping, with_stage_variables
from .message import Headers
from .refusal import misconfigured
from .request_body import RequestBody
from .service_arn import ServiceAddress
from .service_call import ServiceCall
from .service_models import rest_operation
from .service_permission import object_action, permission
from .switches import Switches

FORM = "application/x-www-form-urlencoded"
CALLER = "arn:aws:iam::*:user/*"  # the caller's own identity is passed on (PutIntegration, `credentials`)
# FACTS 8.33: recorded without a header of the API's own.
_TARGET_ADDED = frozenset(("dynamodb", "kinesis", "stepfunctions"))
_BODILESS = frozenset(("GET", "HEAD", "OPTIONS"))


class UnknownOperationError(Exception):
    """Nothing in the call says what the service is to do."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """A call while it is made: `query` holds encoded pairs, `headers` are by name as they will be sent."""

    method: str
    path: str
    query: tuple[str, ...]
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for known, value in self.headers.items() if known.lower() == name), "")

    def with_header(self, name: str, value: str) -> "_Draft":
        kept = {known: one for known, one in self.headers.items() if known.lower() != name.lower()}
        return replace(self, headers={**kept, name: value})


class ServiceRequest:
    """The request side of one operation, compiled. `address` is None for a URI that leads nowhere."""

    def __init__(
        self, integration: Integration, address: ServiceAddress, variables: Mapping[str, str], *, switches: Switches
    ) -> None:
        self._integration = integration
        self._address = address
        self._switches = switches
        self._credentials = with_stage_variables(integration.credentials or "", variables)
        self._mapping = RequestMapping(integration.request_parameters)
        self._body = RequestBody(integration, switches)

    def write(self, exchange: Exchange) -> ServiceCall:
        """The call. Raises Refusal for mappings that fail, UnknownOperationError when no operation is named."""
        address = self._address
        body = self._body.write(exchange)
        mapped = with_overrides(self._mapping.evaluate(exchange), exchange)  # FACTS 8.19: the template has run now
        draft = self._draft(exchange, mapped, body)
        draft = self._addressed(draft, mapped)
        query = "?" + "&".join(draft.query) if draft.query else ""
        return ServiceCall(
            service=address.dialect.signing_name,
            region=address.region or exchange.side.definition.region,
            method=draft.method,
            target=draft.path + query,
            headers=_encoded(draft.headers),
            body=b"" if draft.method in _BODILESS else draft.body,
            timeout_seconds=self._integration.timeout_millis / 1000,
            credentials=self._role(),
            access_key=self._callers_key(exchange),
            operation=_operation(address, draft),
        )

    def _draft(self, exchange: Exchange, mapped: Mapped, body: bytes) -> _Draft:
        verb = (self._integration.http_method or "ANY").upper()
        pairs = tuple(mapped.query_pairs)
        method = exchange.method if verb == "ANY" else verb
        return _Draft(method, "/", pairs, own_headers(exchange, mapped), body)

    def _addressed(self, draft: _Draft, mapped: Mapped) -> _Draft:
        """The path form goes where it says; the action form is put into the words of the service."""
        address = self._address
        if not address.action:
            path, query = address.path(mapped.path)
            return self._typed(replace(draft, path=path, query=(*((query,) if query else ()), *draft.query)), mapped)
        draft = replace(draft, query=(*address.pairs(mapped.path), *draft.query))
        if address.dialect.is_rest:
            return _as_rest(draft, address)
        if not draft.header("x-amz-target"):
            draft = self._targeted(draft)
        return self._typed(draft, mapped)

    def _targeted(self, draft: _Draft) -> _Draft:
        """The action's name: a header for JSON services, a form field for query services."""
        dialect, action = self._address.dialect, self._address.action
        if dialect.service in _TARGET_ADDED or (
            self._switches.service_target == "added" and not dialect.speaks_query and dialect.service != "ssm"
        ):
            return draft.with_header("X-Amz-Target", f"{dialect.target_prefix}.{action}")
        if dialect.speaks_query:
            return _as_form(draft, action, dialect.api_version)
        if dialect.service == "ssm":  # FACTS 8.37: the query string is the input, the body is not read
            body = json.dumps(dict(parse_qsl("&".join(draft.query), keep_blank_values=True))).encode()
            named = replace(draft, method="POST", query=(), body=body)
            return named.with_header("X-Amz-Target", f"{dialect.target_prefix}.{action}")
        raise UnknownOperationError(f"{dialect.service} is told its operation by X-Amz-Target, which nobody mapped")

    def _typed(self, draft: _Draft, mapped: Mapped) -> _Draft:
        """JSON services read `application/x-amz-json-1.x`; answers of query services are JSON if that is accepted (FACTS 8.35)."""
        dialect = self._address.dialect
        if draft.header("x-amz-target"):
            is_mapped = any(name.lower() == "content-type" for name in mapped.headers)
            completed = self._switches.service_content_type == "completed"
            return draft if is_mapped or not completed else draft.with_header("Content-Type", dialect.media_type)
        if not dialect.speaks_query:
            return draft
        if dialect.service == "sqs" and draft.method == "GET" and any(one.startswith("Action=") for one in draft.query):
            # The Query API says the same with GET and POST; what answers for SQS here reads forms.
            form = replace(draft, method="POST", query=(), body="&".join(draft.query).encode("latin-1"))
            draft = form.with_header("Content-Type", FORM)
        if "json" not in draft.header("accept"):
            return draft
        if draft.method in _BODILESS:
            return replace(draft, query=(*draft.query, "ContentType=JSON"))
        if draft.header("content-type").startswith(FORM):
            return replace(draft, body=draft.body.rstrip(b"\r\n") + b"&ContentType=JSON")
        return draft

    def _role(self) -> str | None:
        return None if self._credentials in ("", CALLER) else self._credentials

    def _callers_key(self, exchange: Exchange) -> str:
        if self._credentials != CALLER:
            return ""
        key = str(exchange.grant.identity.get("accessKey", ""))
        if not key:
            raise misconfigured(f"credentials {CALLER} pass an AWS_IAM caller on, and nobody signed this request")
        return key


def _as_form(draft: _Draft, action: str, version: str) -> _Draft:
    """`Action=...&Version=...` with the query's parameters, and the body's if it is a form."""
    named = (f"Action={action}", f"Version={version}", *draft.query)
    if draft.method in _BODILESS:
        return replace(draft, query=named)
    is_form = draft.header("content-type").startswith(FORM)
    own = (draft.body.decode("latin-1").strip(),) if is_form and draft.body.strip() else ()
    whole = "&".join((*named, *own)).encode("latin-1")
    return replace(draft, query=(), body=whole).with_header("Content-Type", FORM)


def _as_rest(draft: _Draft, address: ServiceAddress) -> _Draft:
    """`s3:action/GetObject&Bucket=b&Key=k` -> `GET /b/k`: members of the path from the parameters, the rest stays a query."""
    found = rest_operation(address.dialect.service, address.action)
    if found is None:
        raise UnknownOperationError(f"{address.dialect.service} has no operation {address.action}")
    verb, template = found
    given = dict(pair.partition("=")[::2] for pair in draft.query)

    def fill(match: re.Match[str]) -> str:
        value = given.pop(match[1].removesuffix("+"), None)
        if value is None:
            raise UnknownOperationError(f"{address.action} needs {match[1].removesuffix('+')}")
        return value.replace("%2F", "/") if match[1].endswith("+") else value

    path = re.sub(r"\{([^{}]+)\}", fill, template)
    path, _, fixed = path.partition("?")
    pairs = tuple(f"{name}={value}" for name, value in given.items())
    return replace(draft, method=verb, path=path, query=(*((fixed,) if fixed else ()), *pairs))


def _operation(address: ServiceAddress, draft: _Draft) -> str:
    """`sqs:SendMessage`, as permissions name it; "" when the call does not show it."""
    action = address.action or draft.header("x-amz-target").rpartition(".")[2]
    if not action and address.dialect.speaks_query:
        text = draft.body.decode("latin-1") + "&" + "&".join(draft.query)
        action = dict(parse_qsl(text)).get("Action", "")
    if not action and address.dialect.service == "s3":
        action = object_action(draft.method, draft.path)
    return permission(address.dialect.signing_name, action)


def _encoded(headers: Mapping[str, str]) -> Headers:
    return tuple((name.encode("latin-1", "replace"), value.encode()) for name, value in headers.items())
