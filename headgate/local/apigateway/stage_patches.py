"""UpdateStage: every patch operation on a stage, with AWS's error texts (FACTS 5.6 to 5.10, 6.9, 6.10). Pure.

apply(stage, [{"op": "replace", "path": "/canarySettings/percentTraffic", "value": "5"}], context)
"""

import copy
import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import access_logs, patches
from .errors import BadRequestError, NotFoundError
from .state import Document

# FACTS 10.2
MAX_VARIABLE_NAME, MAX_VARIABLE_VALUE = 64, 512
_VARIABLE_NAME = re.compile(r"[A-Za-z0-9_]+")
# As documented. AWS's refusal lists a blank among the signs it takes, which nobody is known to have tried.
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9\-._~:/?#&=,]+")

# FACTS 6.9: a method setting shows all of these once one of them is touched.
METHOD_SETTING_DEFAULTS: Mapping[str, Any] = {
    "metricsEnabled": False,
    "dataTraceEnabled": False,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10000.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}
STRATEGIES = ("FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER")
LOG_LEVELS = ("OFF", "ERROR", "INFO")
MAX_CACHE_TTL_SECONDS = 3600
NO_LIMIT = -1  # of a throttle
# FACTS 6.13, in GB
CACHE_SIZES = ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")

# Recorded word by word, the missing commas included (FACTS 5.6).
PATHS_TEXT = (
    "[/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, "
    "/accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, "
    "/{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, "
    "/{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit"
    "/{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, "
    "/{resourcePath}/{httpMethod}/caching/dataEncrypted, "
    "/{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, "
    "/{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, "
    "/*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit /*/*/throttling/rateLimit "
    "/*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, "
    "/*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, "
    "/variables/{variable_name}, /tracingEnabled]"
)
_CANARY = "/canarySettings"
_OVERRIDES = "/canarySettings/stageVariableOverrides"
# What a promotion may copy: (from, path) (FACTS 5.8).
_COPIES = {(f"{_CANARY}/deploymentId", "/deploymentId"), (_OVERRIDES, "/variables")}


@dataclass(frozen=True, slots=True)
class Context:
    """What a patch is checked against."""

    deployment_ids: frozenset[str]
    canary_locks_deployment: bool = True
    certificate_ids: frozenset[str] = frozenset()
    documentation_versions: frozenset[str] = frozenset()
    methods: Callable[[], Container[str]] = frozenset  # `/users/{id}/GET` of the stage's deployment


def apply(stage: Document, operations: Sequence[Mapping[str, Any]], context: Context) -> Document:
    """A changed copy of the stage; the first refused operation raises and nothing is kept."""
    patches.check_operations(operations, "Stage")
    changed = copy.deepcopy(stage)
    for operation in operations:
        path = str(operation.get("path") or "")
        act = _ACTIONS.get(operation["op"])
        if act is None:
            raise BadRequestError(f"Invalid {operation['op']} operation with path: {path}")
        act(changed, path, operation, context)
    return changed


def percent(value: str) -> float:
    """0.0 to 100.0 (FACTS 5.1, 5.10)."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = -1.0
    if not 0.0 <= found <= 100.0:
        raise BadRequestError("Invalid canary percentTraffic. Must be a number between 0.0 and 100.0")
    return found


def check_variable(name: str, value: str) -> None:
    """FACTS 10.2, 10.7; a blank value is refused like a wrong one. What AWS says of lengths is not recorded."""
    if not _VARIABLE_NAME.fullmatch(name) or len(name) > MAX_VARIABLE_NAME:
        raise BadRequestError(f"Invalid stage variable name: {name}.  Please use names with only word characters.")
    if not _VARIABLE_VALUE.fullmatch(value) or len(value) > MAX_VARIABLE_VALUE:
        raise BadRequestError(
            f"Invalid stage variable value of key {name}.  Please use values with alphanumeric characters and the "
            "symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','."
        )


def check_cache_size(size: str) -> str:
    """FACTS 6.13."""
    if size not in CACHE_SIZES:
        raise BadRequestError(f"Invalid cache cluster size. Must be one of: [{', '.join(CACHE_SIZES)}]")
    return size


# ---- copy: promotion


def _copy(stage: Document, path: str, operation: Mapping[str, Any], _: Context) -> None:
    source = str(operation.get("from") or "")
    if (source, path) not in _COPIES:
        raise BadRequestError(
            f"Invalid copy operation with path: {path} and from {source}. Valid copy:path are [/deploymentId, "
            f"/variables] and valid copy:from are [/canarySettings/deploymentId, {_OVERRIDES}]"
        )
    canary = stage.get("canarySettings")
    if canary is None:
        raise BadRequestError("Promotion not available. Canary does not exist.")
    if path == "/deploymentId":
        stage["deploymentId"] = canary["deploymentId"]
        return
    # A merge: variables the canary does not override stay (FACTS 5.9).
    merged = {**stage.get("variables", {}), **canary.get("stageVariableOverrides", {})}
    if merged:
        stage["variables"] = merged


# ---- replace and add


def _replace(stage: Document, path: str, operation: Mapping[str, Any], context: Context) -> None:
    value = operation.get("value")
    text = "" if value is None else str(value)
    if path.startswith(_CANARY):
        _replace_canary(stage, path, text, context)
    elif path.startswith("/variables/"):
        _set_variable(stage.setdefault("variables", {}), path.removeprefix("/variables/"), text)
    elif path == "/deploymentId":
        _move(stage, text, context)
    elif path in _VALUES:
        _check_names(path, text, context)
        _VALUES[path](stage, text)
    else:
        _set_method_setting(stage, path, text, context)


def _add(stage: Document, path: str, operation: Mapping[str, Any], context: Context) -> None:
    """Variables, method settings and access logs can be added; a canary is replaced into being (FACTS 5.6)."""
    if path.startswith(_CANARY) or path == "/deploymentId" or (path in _VALUES and path not in _ACCESS_LOG):
        raise BadRequestError(f"Invalid add operation with path: {path}")
    _replace(stage, path, operation, context)


def _replace_canary(stage: Document, path: str, text: str, context: Context) -> None:
    canary = stage.get("canarySettings") or {
        "percentTraffic": 0.0,
        "deploymentId": stage["deploymentId"],
        "useStageCache": False,
    }
    key = path.removeprefix(f"{_CANARY}/")
    if path.startswith(f"{_OVERRIDES}/"):
        _set_variable(canary.setdefault("stageVariableOverrides", {}), path.removeprefix(f"{_OVERRIDES}/"), text)
    elif key == "deploymentId":
        canary["deploymentId"] = _existing(text, context)
    elif key == "percentTraffic":
        canary["percentTraffic"] = percent(text)
    elif key == "useStageCache":
        canary["useStageCache"] = patches.truth(text)
    else:
        raise BadRequestError(_unknown_path(path))
    stage["canarySettings"] = canary


def _existing(deployment_id: str, context: Context) -> str:
    if deployment_id not in context.deployment_ids:
        raise BadRequestError("Deployment id does not exist")
    return deployment_id


def _move(stage: Document, deployment_id: str, context: Context) -> None:
    target = _existing(deployment_id, context)
    canary = stage.get("canarySettings")
    is_move = target not in (stage["deploymentId"], (canary or {}).get("deploymentId"))
    if canary is not None and is_move and context.canary_locks_deployment:
        raise BadRequestError(
            f"Invalid deployment content specified.Non canary deployment not supported on stage {stage['stageName']} "
            "because Canary is enabled. Provide CanarySettings in deploymentInput."
        )
    stage["deploymentId"] = target


def _set_variable(owner: Document, name: str, text: str) -> None:
    name = name.replace("~1", "/").replace("~0", "~")
    check_variable(name, text)
    owner[name] = text


def _unknown_path(path: str) -> str:
    return f"Invalid method setting path: {path}. Must be one of: {PATHS_TEXT}"


# ---- plain values


def _check_names(path: str, text: str, context: Context) -> None:
    if path == "/clientCertificateId" and text and text not in context.certificate_ids:
        raise BadRequestError("Invalid Client Certificate identifier specified")
    if path == "/documentationVersion" and text and text not in context.documentation_versions:
        raise NotFoundError("Invalid Documentation version specified")


def _set_text(stage: Document, key: str, text: str) -> None:
    """A blank text takes the value away."""
    stage[key] = text
    if not text:
        del stage[key]


def set_cache_cluster(stage: Document, *, enabled: bool) -> None:
    """On or off at once, half a gigabyte unless said otherwise."""
    stage["cacheClusterEnabled"] = enabled
    stage["cacheClusterStatus"] = "AVAILABLE" if enabled else "NOT_AVAILABLE"
    if enabled:
        stage.setdefault("cacheClusterSize", "0.5")


def _set_access_log(stage: Document, key: str, text: str) -> None:
    check = access_logs.check_destination if key == "destinationArn" else access_logs.check_format
    stage.setdefault("accessLogSettings", {})[key] = check(text)


_VALUES: Mapping[str, Callable[[Document, str], None]] = {
    "/description": lambda stage, text: _set_text(stage, "description", text),
    "/cacheClusterEnabled": lambda stage, text: set_cache_cluster(stage, enabled=patches.truth(text)),
    "/cacheClusterSize": lambda stage, text: stage.__setitem__("cacheClusterSize", check_cache_size(text)),
    "/clientCertificateId": lambda stage, text: _set_text(stage, "clientCertificateId", text),
    "/documentationVersion": lambda stage, text: _set_text(stage, "documentationVersion", text),
    "/tracingEnabled": lambda stage, text: stage.__setitem__("tracingEnabled", patches.truth(text)),
    "/accessLogSettings/destinationArn": lambda stage, text: _set_access_log(stage, "destinationArn", text),
    "/accessLogSettings/format": lambda stage, text: _set_access_log(stage, "format", text),
}


# ---- method settings


def _choice(choices: Sequence[str]) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if text not in choices:
            raise BadRequestError(f"Invalid value {text!r} specified. Must be one of: [{', '.join(choices)}]")
        return text

    return convert


def _limit(text: str, convert: Callable[[str], Any]) -> Any:
    """-1 lifts the limit and is shown as it is (FACTS 6.14)."""
    value = convert(text)
    if value < 0 and value != NO_LIMIT:
        raise BadRequestError(f"Invalid value {text} specified. Must not be negative")
    return value


def _ttl(text: str) -> int:
    """FACTS 6.15."""
    if not text.isdecimal() or int(text) > MAX_CACHE_TTL_SECONDS:
        raise BadRequestError(
            f"Invalid time-to-live setting, must be an integer no greater than {MAX_CACHE_TTL_SECONDS}"
        )
    return int(text)


_METHOD_SETTINGS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "metrics/enabled": ("metricsEnabled", patches.truth),
    "logging/dataTrace": ("dataTraceEnabled", patches.truth),
    "logging/loglevel": ("loggingLevel", _choice(LOG_LEVELS)),
    "throttling/burstLimit": ("throttlingBurstLimit", lambda text: _limit(text, patches.whole_number)),
    "throttling/rateLimit": ("throttlingRateLimit", lambda text: _limit(text, patches.number)),
    "caching/enabled": ("cachingEnabled", patches.truth),
    "caching/ttlInSeconds": ("cacheTtlInSeconds", _ttl),
    "caching/dataEncrypted": ("cacheDataEncrypted", patches.truth),
    "caching/requireAuthorizationForCacheControl": ("requireAuthorizationForCacheControl", patches.truth),
    "caching/unauthorizedCacheControlHeaderStrategy": ("unauthorizedCacheControlHeaderStrategy", _choice(STRATEGIES)),
}


_VERBS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY", "*")


def _split_method_setting(path: str) -> tuple[str, str]:
    """`/~1users/GET/caching/enabled` -> (`~1users/GET`, `caching/enabled`)."""
    parts = path.removeprefix("/").split("/")
    return "/".join(parts[:-2]), "/".join(parts[-2:])


def _set_method_setting(stage: Document, path: str, text: str, context: Context) -> None:
    key, setting = _split_method_setting(path)
    resource, _, verb = key.rpartition("/")
    if not path.startswith("/") or not resource or verb not in _VERBS:  # FACTS 6.15
        raise BadRequestError(_unknown_path(path))
    if setting not in _METHOD_SETTINGS:
        known = ", ".join(f".../{one}" for one in _METHOD_SETTINGS)
        raise BadRequestError(f"Invalid method setting path: {setting}. Must be one of: [{known}]")
    name, convert = _METHOD_SETTINGS[setting]
    value = convert(text)
    # FACTS 6.14: a path that is written without ~1 counts where the stage has such a method, and else comes to nothing.
    if not resource.startswith(("*", "~1")) and f"/{key.replace('~1', '/')}" not in context.methods():
        return
    stage["methodSettings"].setdefault(key, dict(METHOD_SETTING_DEFAULTS))[name] = value


# ---- remove

# API reference, "Patch Operations"; everything else reads as a method setting.
_REMOVABLE = (_CANARY, "/accessLogSettings", "/variables")
_ACCESS_LOG = ("/accessLogSettings/destinationArn", "/accessLogSettings/format")


def _remove(stage: Document, path: str, _: Mapping[str, Any], __: Context) -> None:
    if path in _REMOVABLE:
        stage.pop(path.removeprefix("/"), None)
    elif path in _ACCESS_LOG:
        _remove_variable(stage, "accessLogSettings", path.rpartition("/")[2])
    elif path.startswith("/variables/"):
        _remove_variable(stage, "variables", path.removeprefix("/variables/"))
    # Single overrides can be removed [doc, LIFECYCLE F8]; the whole map cannot (FACTS 5.6).
    elif path.startswith(f"{_OVERRIDES}/") and "canarySettings" in stage:
        _remove_variable(stage["canarySettings"], "stageVariableOverrides", path.removeprefix(f"{_OVERRIDES}/"))
    else:
        _remove_method_setting(stage, path)


def _remove_variable(owner: Document, key: str, name: str) -> None:
    variables = owner.get(key) or {}
    variables.pop(name.replace("~1", "/").replace("~0", "~"), None)
    if not variables:
        owner.pop(key, None)


def _remove_method_setting(stage: Document, path: str) -> None:
    """`/{resource}/{verb}` forgets all settings of a method; a longer path puts one setting back to its default."""
    settings = stage["methodSettings"]
    whole = path.removeprefix("/")
    if whole in settings:
        del settings[whole]
        return
    key, setting = _split_method_setting(path)
    if setting in _METHOD_SETTINGS and key in settings:
        name = _METHOD_SETTINGS[setting][0]
        settings[key].pop(name, None)
        settings[key] = {**METHOD_SETTING_DEFAULTS, **settings[key]}
        return
    raise BadRequestError(f"Cannot remove method setting {whole} because there is no method setting for this method ")


_ACTIONS: Mapping[str, Callable[[Document, str, Mapping[str, Any], Context], None]] = {
    "add": _add,
    "replace": _replace,
    "remove": _remove,
    "copy": _copy,
}
