"""What the control plane hands to the data plane: frozen records of REST APIs, deployments and stages.

The control plane (`headgate.local.apigateway`) makes these, the data plane (`headgate.local.dataplane`) reads them; neither
imports the other. A deployment is an immutable snapshot (FACTS 8.30): a request only ever sees records reachable from one.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

EMPTY: Mapping[str, Any] = MappingProxyType({})


def empty() -> Mapping[str, Any]:
    """The default of a mapping field: one shared, read-only, empty mapping."""
    return EMPTY


IntegrationType = Literal["HTTP", "HTTP_PROXY", "AWS", "AWS_PROXY", "MOCK"]


@dataclass(frozen=True, slots=True)
class IntegrationResponse:
    """One entry of an integration's responses; the empty or absent selection pattern is the default (FACTS 8.12)."""

    status_code: str
    selection_pattern: str | None = None
    response_parameters: Mapping[str, str] = field(default_factory=empty)
    response_templates: Mapping[str, str | None] = field(default_factory=empty)
    content_handling: str | None = None


@dataclass(frozen=True, slots=True)
class Integration:
    """Where a method's requests go. `timeout_millis` is 50 to 29,000 (FACTS 8.29, 10.1)."""

    type: IntegrationType
    http_method: str | None = None
    uri: str | None = None
    credentials: str | None = None
    connection_type: str = "INTERNET"
    connection_id: str | None = None
    request_parameters: Mapping[str, str] = field(default_factory=empty)
    request_templates: Mapping[str, str] = field(default_factory=empty)
    passthrough_behavior: str = "WHEN_NO_MATCH"
    content_handling: str | None = None
    timeout_millis: int = 29_000
    cache_namespace: str = ""
    cache_key_parameters: tuple[str, ...] = ()
    responses: Mapping[str, IntegrationResponse] = field(default_factory=empty)  # by status code, in document order
    tls_insecure: bool = False


@dataclass(frozen=True, slots=True)
class MethodResponse:
    """A declared response; `response_parameters` maps `method.response.header.X` to required."""

    status_code: str
    response_parameters: Mapping[str, bool] = field(default_factory=empty)
    response_models: Mapping[str, str] = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class Method:
    """A verb (or ANY) on a resource. `request_parameters` maps `method.request.{path,querystring,header}.X` to required."""

    http_method: str
    authorization_type: str = "NONE"  # NONE | AWS_IAM | CUSTOM | COGNITO_USER_POOLS
    authorizer_id: str | None = None
    authorization_scopes: tuple[str, ...] = ()
    api_key_required: bool = False
    request_parameters: Mapping[str, bool] = field(default_factory=empty)
    request_models: Mapping[str, str] = field(default_factory=empty)  # content type -> model name
    request_validator_id: str | None = None
    operation_name: str | None = None
    integration: Integration | None = None
    responses: Mapping[str, MethodResponse] = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class Resource:
    """A node of the path tree. `path` is the full template, such as `/users/{id}`; the root's is `/`."""

    id: str
    path: str
    path_part: str = ""
    parent_id: str | None = None
    methods: Mapping[str, Method] = field(default_factory=empty)  # by verb or "ANY"


@dataclass(frozen=True, slots=True)
class Authorizer:
    """`identity_sources` are like `method.request.header.Authorization`; a TTL of None means AWS's default, 300 s (FACTS 4.6)."""

    id: str
    name: str
    type: str  # TOKEN | REQUEST | COGNITO_USER_POOLS
    uri: str | None = None
    credentials: str | None = None
    identity_sources: tuple[str, ...] = ()
    identity_validation_expression: str | None = None
    result_ttl_seconds: int | None = None
    provider_arns: tuple[str, ...] = ()
    auth_type: str | None = None


@dataclass(frozen=True, slots=True)
class RequestValidator:
    """What a validator checks before the integration runs (FACTS 8.1)."""

    id: str
    name: str
    validate_request_body: bool = False
    validate_request_parameters: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """A JSON Schema draft 4 model, as text."""

    id: str
    name: str
    content_type: str
    schema: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """A customised gateway response; `status_code` None keeps the type's default (FACTS 1.24 to 1.27)."""

    response_type: str
    status_code: str | None = None
    response_parameters: Mapping[str, str] = field(default_factory=empty)
    response_templates: Mapping[str, str] = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class ApiDefinition:
    """Everything a deployment freezes."""

    rest_api_id: str
    name: str
    account_id: str
    region: str
    resources: Mapping[str, Resource] = field(default_factory=empty)  # by id
    authorizers: Mapping[str, Authorizer] = field(default_factory=empty)  # by id
    validators: Mapping[str, RequestValidator] = field(default_factory=empty)  # by id
    models: Mapping[str, Model] = field(default_factory=empty)  # by name
    gateway_responses: Mapping[str, GatewayResponse] = field(default_factory=empty)  # customised ones only, by type
    binary_media_types: tuple[str, ...] = ()
    api_key_source: str = "HEADER"
    endpoint_type: str = "EDGE"
    minimum_compression_size: int | None = None
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """An immutable snapshot of an API."""

    id: str
    definition: ApiDefinition
    created_epoch: float
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Canary:
    """A stage's canary settings (FACTS 5.1); `percent` is 0.0 to 100.0."""

    deployment: Deployment
    percent: float
    variable_overrides: Mapping[str, str] = field(default_factory=empty)
    use_stage_cache: bool = False


@dataclass(frozen=True, slots=True)
class MethodSettings:
    """Per-method stage settings, AWS's defaults (FACTS 6.9). Rates are requests per second."""

    throttling_rate_limit: float | None = None
    throttling_burst_limit: int | None = None
    caching_enabled: bool = False
    cache_ttl_seconds: int = 300
    cache_data_encrypted: bool = False
    require_authorization_for_cache_control: bool = True
    unauthorized_cache_control_strategy: str = "SUCCEED_WITH_RESPONSE_HEADER"
    metrics_enabled: bool = False
    logging_level: str = "OFF"
    data_trace_enabled: bool = False


@dataclass(frozen=True, slots=True)
class AccessLog:
    """Where and in what format a stage writes access logs; `destination_arn` names a CloudWatch Logs group."""

    destination_arn: str
    format: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as the data plane sees it: pointers resolved to snapshots. Replaced as a whole on every change."""

    name: str
    deployment: Deployment
    canary: Canary | None = None
    variables: Mapping[str, str] = field(default_factory=empty)
    method_settings: Mapping[str, MethodSettings] = field(
        default_factory=empty
    )  # key "*/*" or "{resource path without leading /}/{VERB}"
    cache_cluster_enabled: bool = False
    tracing_enabled: bool = False
    access_log: AccessLog | None = None
    cache_generation: int = 0  # FlushStageCache raises it
    authorizer_cache_generation: int = 0  # FlushStageAuthorizersCache raises it
    disable_execute_api_endpoint: bool = False


@dataclass(frozen=True, slots=True)
class UsagePlan:
    """Limits of consumers on one stage; the quota's period is DAY, WEEK or MONTH. `method_throttles` by `{path}/{VERB}`."""

    id: str
    rate_limit: float | None = None
    burst_limit: int | None = None
    method_throttles: Mapping[str, tuple[float, int]] = field(default_factory=empty)
    quota_limit: int | None = None
    quota_period: str | None = None
    quota_offset: int = 0


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An enabled or disabled API key; the value is a secret and never logged."""

    id: str
    value: str = field(repr=False)
    enabled: bool = True
    name: str | None = None


@dataclass(frozen=True, slots=True)
class BasePath:
    """One mapping of a domain. `path` has no slash at its ends; `stage` None means that callers name the stage."""

    path: str
    rest_api_id: str
    stage: str | None


@dataclass(frozen=True, slots=True)
class DomainName:
    """A custom domain name and what it maps."""

    name: str
    base_paths: tuple[BasePath, ...] = ()
    has_levels: bool = field(init=False, compare=False, repr=False)  # then text is compared, not segments
    by_path: Mapping[bytes, BasePath] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Work out what every request asks for."""
        object.__setattr__(self, "has_levels", any("/" in base.path for base in self.base_paths))
        object.__setattr__(self, "by_path", {base.path.encode(): base for base in self.base_paths})


class Directory(Protocol):
    """What the data plane asks the control plane, on every request; each call is a dictionary look-up, thread-safe."""

    def stage(self, rest_api_id: str, stage_name: str) -> Stage | None:
        """The stage now, or None when the API or the stage does not exist."""
        ...

    def api_key(self, value: str) -> ApiKey | None:
        """The key with this value, or None."""
        ...

    def usage_plan(self, key_id: str, rest_api_id: str, stage_name: str) -> UsagePlan | None:
        """The plan through which the key may use the stage, or None (FACTS 7.1, 7.4)."""
        ...


TAIL_CHARACTERS = 4096


class Invocation(NamedTuple):
    """What became of a Lambda call. `function_error` is None, "Unhandled" or "Handled"; `timed_out` when the worker was stopped."""

    payload: bytes
    function_error: str | None = None
    timed_out: bool = False
    log: tuple[str, ...] = ()

    @property
    def log_tail(self) -> str:
        """The end of the log: what Lambda returns of it."""
        return "\n".join(self.log)[-TAIL_CHARACTERS:]


class FunctionNotFoundError(Exception):
    """No function, version or alias has this ARN."""


class TooManyInvocationsError(Exception):
    """The function's reserved concurrency, or the account's, is used up (Lambda answers 429)."""


# (function ARN with optional version or alias, event bytes, X-Amzn-Trace-Id) -> Invocation, on the event loop.
# Raises FunctionNotFoundError or TooManyInvocationsError.
Invoke = Callable[[str, bytes, str | None], Awaitable[Invocation]]
