"""The board on which the control plane publishes and from which the data plane reads, without a lock.

A `Snapshot` is frozen and replaced as a whole; reading `board.snapshot` is one attribute access, so a request sees
either everything of a change or nothing of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ..records import (
    AccessLog,
    ApiKey,
    BasePath,
    Canary,
    DomainName,
    MethodSettings,
    Stage,
    UsagePlan,
)
from .stage_patches import METHOD_SETTING_DEFAULTS, NO_LIMIT
from .state import NO_PATH, Document, Region, RestApi, StageEntry


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one Region serves now."""

    stages: Mapping[tuple[str, str], Stage] = field(default_factory=dict)  # by API id and stage name
    keys: Mapping[str, ApiKey] = field(default_factory=dict)  # by value
    plans: Mapping[tuple[str, str, str], UsagePlan] = field(default_factory=dict)  # by key id, API id and stage name
    domains: Mapping[str, DomainName] = field(default_factory=dict)  # by name


class Board:
    """Holds the newest snapshot of one Region."""

    __slots__ = ("snapshot",)

    def __init__(self) -> None:
        self.snapshot = Snapshot()


def take_snapshot(region: Region) -> Snapshot:
    """The records of a Region's state; deployments are shared, since they are frozen already."""
    stages = {
        (api.id, name): stage_record(api, entry)
        for api in region.rest_apis.values()
        for name, entry in api.stages.items()
    }
    keys = {document["value"]: _key(document) for document in region.api_keys.values()}
    return Snapshot(
        MappingProxyType(stages), MappingProxyType(keys), MappingProxyType(_plans(region)), _domains(region)
    )


def stage_record(api: RestApi, entry: StageEntry) -> Stage:
    """A stage with its pointers resolved."""
    document = entry.document
    canary = document.get("canarySettings")
    log = document.get("accessLogSettings") or {}
    return Stage(
        name=document["stageName"],
        deployment=api.deployments[document["deploymentId"]].record,
        canary=None if canary is None else _canary(api, canary),
        variables=MappingProxyType(dict(document.get("variables") or {})),
        method_settings=MappingProxyType(
            {method_key(key): _method_settings(one) for key, one in document["methodSettings"].items()}
        ),
        cache_cluster_enabled=document["cacheClusterEnabled"],
        tracing_enabled=document["tracingEnabled"],
        access_log=AccessLog(log["destinationArn"], log.get("format", "")) if log.get("destinationArn") else None,
        cache_generation=entry.cache_generation,
        authorizer_cache_generation=entry.authorizer_cache_generation,
        disable_execute_api_endpoint=bool(api.draft.rest_api.get("disableExecuteApiEndpoint")),
    )


def method_key(key: str) -> str:
    """`~1users~1{id}/GET` -> `users/{id}/GET`; `*/*` stays (records.Stage.method_settings)."""
    return key.replace("~1", "/").removeprefix("/")


def _canary(api: RestApi, document: Document) -> Canary:
    return Canary(
        deployment=api.deployments[document["deploymentId"]].record,
        percent=document["percentTraffic"],
        variable_overrides=MappingProxyType(dict(document.get("stageVariableOverrides") or {})),
        use_stage_cache=document["useStageCache"],
    )


def _method_settings(document: Document) -> MethodSettings:
    return MethodSettings(
        throttling_rate_limit=_limit(document["throttlingRateLimit"]),
        throttling_burst_limit=_limit(document["throttlingBurstLimit"]),
        caching_enabled=document["cachingEnabled"],
        cache_ttl_seconds=document["cacheTtlInSeconds"],
        cache_data_encrypted=document["cacheDataEncrypted"],
        require_authorization_for_cache_control=document["requireAuthorizationForCacheControl"],
        unauthorized_cache_control_strategy=document["unauthorizedCacheControlHeaderStrategy"],
        metrics_enabled=document["metricsEnabled"],
        logging_level=document.get("loggingLevel", "OFF"),
        data_trace_enabled=document["dataTraceEnabled"],
    )


def _limit(value: Any) -> Any:
    """None where -1 lifts the limit (FACTS 6.14)."""
    return None if value == NO_LIMIT else value


def _key(document: Document) -> ApiKey:
    return ApiKey(
        id=document["id"], value=document["value"], enabled=bool(document["enabled"]), name=document.get("name")
    )


def _domains(region: Region) -> Mapping[str, DomainName]:
    found = {
        name: DomainName(name, tuple(_base_path(document) for document in mappings.values()))
        for name, mappings in region.base_path_mappings.items()
    }
    return MappingProxyType(found)


def _base_path(document: Document) -> BasePath:
    base = document["basePath"]
    return BasePath("" if base == NO_PATH else base, document["restApiId"], document.get("stage"))


def _plans(region: Region) -> dict[tuple[str, str, str], UsagePlan]:
    found: dict[tuple[str, str, str], UsagePlan] = {}
    for document in region.usage_plans.values():
        for api_stage in document["apiStages"]:
            record = _plan(document, api_stage)
            for key_id in region.plan_keys[document["id"]]:
                found[key_id, api_stage["apiId"], api_stage["stage"]] = record
    return found


def _plan(document: Document, api_stage: Document) -> UsagePlan:
    throttle: Document = document.get("throttle") or {}
    quota: Document = document.get("quota") or {}
    methods: dict[str, Any] = api_stage.get("throttle") or {}
    return UsagePlan(
        id=document["id"],
        rate_limit=throttle.get("rateLimit"),
        burst_limit=throttle.get("burstLimit"),
        method_throttles=MappingProxyType(
            {
                key.replace("~1", "/"): (
                    float(one.get("rateLimit", METHOD_SETTING_DEFAULTS["throttlingRateLimit"])),
                    int(one.get("burstLimit", METHOD_SETTING_DEFAULTS["throttlingBurstLimit"])),
                )
                for key, one in methods.items()
            }
        ),
        quota_limit=quota.get("limit"),
        quota_period=quota.get("period"),
        quota_offset=quota.get("offset", 0),
    )
