"""Usage plans, their stages and their keys (FACTS 7.4 to 7.8)."""

import copy
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from ...usage import Quota, day_of
from .. import patches
from ..errors import BadRequestError, ConflictError, NotFoundError
from ..pages import page
from ..patches import PatchPaths, number, text, whole_number
from ..state import Document, Region
from .api_keys import find_key

MAX_USAGE_DAYS = 90  # what AWS keeps
PERIODS = ("DAY", "WEEK", "MONTH")
# Period -> offsets AWS accepts (FACTS 7.10): weeks start on one of seven days, months on one of 28.
_OFFSETS = {"DAY": 0, "WEEK": 6, "MONTH": 27}
_PATHS = PatchPaths(
    "UsagePlan",
    values={
        "/name": text,
        "/description": text,
        "/productCode": text,
        "/throttle/rateLimit": number,
        "/throttle/burstLimit": whole_number,
        "/quota/limit": whole_number,
        "/quota/offset": whole_number,
        "/quota/period": text,
    },
    addable=("/throttle/rateLimit", "/throttle/burstLimit", "/quota/limit", "/quota/offset", "/quota/period"),
    removable=("/productCode",),
    blank_stays=("/name", "/quota/period"),
)


_THROTTLE = "/apiStages/<apidId:stageName>/throttle"
_METHOD = f"{_THROTTLE}/<resourcePath>/<httpMethod>"
_LIMITS = ("/quota/limit", "/quota/offset", "/quota/period", "/throttle/rateLimit", "/throttle/burstLimit")
_METHOD_LIMITS = (f"{_METHOD}/rateLimit", f"{_METHOD}/burstLimit", _THROTTLE)
# Operation -> the paths it takes (API reference, "Patch Operations"), as AWS's refusal of the others lists them. The list
# of `remove` is known from users, boto/boto3#2629.
_SHOWN: Mapping[str, tuple[str, ...]] = {
    "add": ("/apiStages", "/productCode", *_LIMITS, *_METHOD_LIMITS),
    "replace": ("/name", "/description", "/productCode", *_LIMITS, *_METHOD_LIMITS),
    "remove": ("/apiStages", "/quota", "/throttle", "/productCode", _METHOD, _THROTTLE),
}
# A resource's slashes may stand as they are, too (FACTS 7.12).
_FITTING = {
    op: tuple(
        re.compile(re.sub(r"<\w+(:\w+)?>", "[^/]+", one.replace("<resourcePath>/<httpMethod>", ".+/[A-Z*]+")))
        for one in found
    )
    for op, found in _SHOWN.items()
}


def create_usage_plan(region: Region, request: Document) -> Document:
    """A new plan."""
    if not request.get("name"):
        raise BadRequestError("Usage Plan name must be non-empty")
    identifier = region.unused_id(6, region.usage_plans)
    document: Document = {"id": identifier, "name": request["name"], "apiStages": []}
    document |= {
        key: copy.deepcopy(request[key]) for key in ("description", "throttle", "quota", "tags") if request.get(key)
    }
    for one in request.get("apiStages") or []:
        if not one.get("apiId") or not one.get("stage"):  # AWS's own words, placeholders included: aws/aws-sdk#354
            raise BadRequestError("Invalid API Stage {api: %s, stage: %s} specified for usageplan %s")
        if not _exists(region, one["apiId"], one["stage"]):  # recorded (FACTS 7.10)
            raise NotFoundError(f"API Stage not found: {one['apiId']}:{one['stage']}")
        _add_stage(region, document, one["apiId"], one["stage"], one.get("throttle"))
    check(document)
    _complete(document)
    region.usage_plans[identifier] = document
    region.plan_keys[identifier] = []
    return document


def _complete(document: Document) -> None:
    if document.get("quota"):
        document["quota"].setdefault("offset", 0)  # recorded: always shown


def check(document: Document) -> None:
    """Limits that are no numbers of requests, and periods that are none (FACTS 7.10)."""
    quota, throttle = document.get("quota") or {}, document.get("throttle") or {}
    if any(value is not None and value < 0 for value in (throttle.get("rateLimit"), throttle.get("burstLimit"))):
        raise BadRequestError("Usage Plan throttle rate and burst limits must not be negative")
    if not quota:
        return
    period, offset = quota.get("period"), int(quota.get("offset") or 0)
    if period not in PERIODS:
        raise BadRequestError(f"Invalid Usage Plan quota period specified. Must be one of [{', '.join(PERIODS)}]")
    if int(quota.get("limit") or 0) < 1:  # recorded for 0, whatever the words say
        raise BadRequestError("Usage Plan quota limit must be a non-negative numeric")
    if period == "DAY" and offset:
        raise BadRequestError("Usage Plan quota offset must be zero in the DAY period")
    if not 0 <= offset <= _OFFSETS[period]:
        raise BadRequestError(
            f"Usage Plan quota offset must be between 0 and {_OFFSETS[period]} inclusive in the {period} period"
        )


def _add_stage(region: Region, plan: Document, api_id: str, stage: str, throttle: Any) -> None:
    if not _exists(region, api_id, stage):  # recorded (FACTS 7.8)
        raise NotFoundError(f"Invalid API Stage {{api: {api_id}, stage: {stage}}} specified for usageplan {plan['id']}")
    if any((one["apiId"], one["stage"]) == (api_id, stage) for one in plan["apiStages"]):
        raise ConflictError(
            f"API Stage {{api: {api_id}, stage: {stage}}} is already associated with usageplan {plan['id']}"
        )
    for key in region.plan_keys.get(plan["id"], []):
        _check_one_plan(region, key, plan["id"], (api_id, stage))
    entry: Document = {"apiId": api_id, "stage": stage}
    for method in throttle or {}:
        if "/" not in method:  # recorded (FACTS 7.10)
            raise BadRequestError(f"Invalid method {{resourcePath: {method},method: }} specified")
    if throttle:
        entry["throttle"] = copy.deepcopy(throttle)
    plan["apiStages"].append(entry)


def _exists(region: Region, api_id: str, stage: str) -> bool:
    api = region.rest_apis.get(api_id)
    return api is not None and stage in api.stages


def _check_one_plan(region: Region, key_id: str, plan_id: str, place: tuple[str, str]) -> None:
    """A key may be in several plans, but in one only per stage (FACTS 7.4)."""
    for other in region.usage_plans.values():
        if other["id"] == plan_id or key_id not in region.plan_keys[other["id"]]:
            continue
        if any((one["apiId"], one["stage"]) == place for one in other["apiStages"]):
            raise ConflictError(
                f"API Key {key_id} cannot be added to more than one usage plan for API stage {place[0]}:{place[1]}"
            )


def find_plan(region: Region, identifier: str) -> Document:
    """The plan with this identifier."""
    found = region.usage_plans.get(identifier)
    if found is None:
        raise NotFoundError("Invalid Usage Plan ID specified")
    return found


def get_usage_plan(region: Region, request: Document) -> Document:
    """One plan; alone it shows its tags even where it has none (recorded)."""
    return {"tags": {}, **find_plan(region, request["usagePlanId"])}


def get_usage_plans(region: Region, request: Document) -> Document:
    """All plans, or those that hold a key."""
    key = request.get("keyId")
    plans = (one for one in region.usage_plans.values() if key is None or key in region.plan_keys[one["id"]])
    return page(plans, request)


def update_usage_plan(region: Region, request: Document) -> Document:
    """Patch limits and stages; a stage is named `apiId:stage`."""
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "UsagePlan")
    document = copy.deepcopy(find_plan(region, request["usagePlanId"]))
    for operation in operations:
        document = _update(region, document, operation)
    check(document)
    _complete(document)
    region.usage_plans[document["id"]] = document
    return {"tags": {}, **document}


def _update(region: Region, document: Document, operation: Document) -> Document:
    path, op, value = operation.get("path") or "", operation["op"], operation.get("value") or ""
    if not any(one.fullmatch(path) for one in _FITTING.get(op, ())):
        shown = ", ".join(_SHOWN[op]) if op in _SHOWN else ""
        raise BadRequestError(f"Invalid patch path  '{path}' specified for op '{op}'. Must be one of: [{shown}]")
    if path == "/apiStages":
        api_id, _, stage = value.partition(":")
        if not api_id or not stage:  # known from users
            raise BadRequestError("Invalid API Stage specified")
        if op == "add":
            _add_stage(region, document, api_id, stage, None)
        else:
            _remove_stage(document, api_id, stage)
    elif path.startswith("/apiStages/"):
        _update_method_throttle(document, path, op, value)
    elif path in ("/throttle", "/quota"):
        document.pop(path.removeprefix("/"), None)
    else:
        document = patches.apply(document, [operation], _PATHS)
    return document


def _remove_stage(document: Document, api_id: str, stage: str) -> None:
    kept = [one for one in document["apiStages"] if (one["apiId"], one["stage"]) != (api_id, stage)]
    if len(kept) == len(document["apiStages"]):
        raise NotFoundError(
            f"API Stage {{api: {api_id}, stage: {stage}}} is not associated with usageplan {document['id']}"
        )
    document["apiStages"] = kept


def _update_method_throttle(document: Document, path: str, op: str, value: str) -> None:
    """`/apiStages/{api}:{stage}/throttle/{path}/{VERB}[/rateLimit|burstLimit]`."""
    place, _, method = path.removeprefix("/apiStages/").partition("/throttle")
    api_id, _, stage = place.partition(":")
    entry = next((one for one in document["apiStages"] if (one["apiId"], one["stage"]) == (api_id, stage)), None)
    if entry is None:
        raise BadRequestError(f"Invalid patch path {path}")
    throttle, method = entry.setdefault("throttle", {}), method.removeprefix("/").replace("~1", "/")
    if op == "remove":
        throttle.pop(method, None) if method else throttle.clear()
    elif not method:
        throttle.update(_method_throttles(value))
    else:
        method, _, limit = method.rpartition("/")
        throttle.setdefault(method, {})[limit] = number(value) if limit == "rateLimit" else whole_number(value)
    if not throttle:
        del entry["throttle"]


def _method_throttles(value: str) -> Document:
    """`{"/pets/GET": {"rateLimit": 1, "burstLimit": 2}}`, as text."""
    try:
        found = json.loads(value)
        return {
            key: {"rateLimit": float(one["rateLimit"]), "burstLimit": int(one["burstLimit"])}
            for key, one in found.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BadRequestError("Invalid throttle specified. Must be a map of methods to rate and burst limits") from None


def delete_usage_plan(region: Region, request: Document) -> None:
    """Refused while stages are attached."""
    document = find_plan(region, request["usagePlanId"])
    if document["apiStages"]:  # the text is known from users
        first = document["apiStages"][0]
        raise BadRequestError(
            f"Cannot delete Usage Plan {document['id']} because there are API Stages associated with it, including "
            f"{first['apiId']}:{first['stage']}"
        )
    del region.usage_plans[document["id"]]
    del region.plan_keys[document["id"]]


def create_usage_plan_key(region: Region, request: Document) -> Document:
    """Put a key into a plan."""
    plan = find_plan(region, request["usagePlanId"])
    if request.get("keyType") != "API_KEY":
        raise BadRequestError("Invalid key type specified. Must be one of: [API_KEY]")
    key = find_key(region, request.get("keyId") or "")
    members = region.plan_keys[plan["id"]]
    if key["id"] in members:
        raise ConflictError(f"Usage Plan Key with id {key['id']} already exists in usage plan {plan['id']}")
    for one in plan["apiStages"]:
        _check_one_plan(region, key["id"], plan["id"], (one["apiId"], one["stage"]))
    members.append(key["id"])
    return _plan_key(key)


def _plan_key(key: Document) -> Document:
    return {"id": key["id"], "type": "API_KEY", "value": key["value"], "name": key.get("name")}


def _member(region: Region, request: Document) -> Document:
    plan = find_plan(region, request["usagePlanId"])
    if request["keyId"] not in region.plan_keys[plan["id"]]:
        raise NotFoundError("Invalid API Key identifier specified")
    return region.api_keys[request["keyId"]]


def get_usage_plan_key(region: Region, request: Document) -> Document:
    """One key of a plan."""
    return _plan_key(_member(region, request))


def get_usage_plan_keys(region: Region, request: Document) -> Document:
    """The keys of a plan."""
    plan, query = find_plan(region, request["usagePlanId"]), request.get("nameQuery") or ""
    keys = (region.api_keys[one] for one in region.plan_keys[plan["id"]])
    return page((_plan_key(one) for one in keys if str(one.get("name") or "").startswith(query)), request)


def delete_usage_plan_key(region: Region, request: Document) -> None:
    """Take a key out of a plan."""
    key = _member(region, request)
    region.plan_keys[request["usagePlanId"]].remove(key["id"])


def get_usage(region: Region, request: Document) -> Document:
    """What each key of a plan used and had left, day by day (FACTS 7.7)."""
    plan = find_plan(region, request["usagePlanId"])
    start, end = str(request.get("startDate")), str(request.get("endDate"))
    try:
        length = (date.fromisoformat(end) - date.fromisoformat(start)).days
    except ValueError:
        raise BadRequestError("Invalid date specified. Dates are written as YYYY-MM-DD") from None
    if not 0 <= length <= MAX_USAGE_DAYS:
        raise BadRequestError(f"The end date must be the start date or at most {MAX_USAGE_DAYS} days later")
    quota = _quota(plan)
    keys = page((one for one in region.plan_keys[plan["id"]] if request.get("keyId") in (None, one)), request)
    items = {one: region.usage.days((plan["id"], one), start, end, quota) for one in keys.pop("items")}
    return {"usagePlanId": plan["id"], "startDate": start, "endDate": end, "items": items, **keys}


def update_usage(region: Region, request: Document) -> Document:
    """Grant a key more, or less, for the current period: `replace /remaining`."""
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "Usage")
    plan = find_plan(region, request["usagePlanId"])
    key = request.get("keyId") or ""
    if key not in region.plan_keys[plan["id"]]:
        raise NotFoundError("Invalid API Key identifier specified")
    quota, today = _quota(plan), day_of(region.world.now())
    for operation in operations:
        if operation["op"] != "replace" or operation.get("path") != "/remaining":
            raise BadRequestError("Invalid patch path specified. Must be one of: [/remaining]")
        remaining = whole_number(operation.get("value") or "")
        region.usage.set_remaining((plan["id"], key), remaining, quota, today)
    return get_usage(region, {"usagePlanId": plan["id"], "keyId": key, "startDate": today, "endDate": today})


def _quota(plan: Document) -> Quota:
    quota = plan.get("quota") or {}
    return Quota(int(quota.get("limit") or 0), quota.get("period") or "DAY", int(quota.get("offset") or 0))


OPERATIONS = {
    "CreateUsagePlan": create_usage_plan,
    "GetUsagePlan": get_usage_plan,
    "GetUsagePlans": get_usage_plans,
    "UpdateUsagePlan": update_usage_plan,
    "DeleteUsagePlan": delete_usage_plan,
    "CreateUsagePlanKey": create_usage_plan_key,
    "GetUsagePlanKey": get_usage_plan_key,
    "GetUsagePlanKeys": get_usage_plan_keys,
    "DeleteUsagePlanKey": delete_usage_plan_key,
    "GetUsage": get_usage,
    "UpdateUsage": update_usage,
}
