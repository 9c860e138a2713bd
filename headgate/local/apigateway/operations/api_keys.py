"""API keys (FACTS 7.1 to 7.3). The value is a secret: it is shown only when asked for, and never logged."""

import copy
import csv
import io
import re
from typing import Any

from .. import patches
from ..errors import BadRequestError, ConflictError, NotFoundError, ValidationError, not_in_enum
from ..pages import page
from ..patches import PatchPaths, text, truth
from ..state import Document, Region

# FACTS 7.3
MIN_VALUE, MAX_VALUE, MAX_NAME = 20, 128, 1024
_SINGLE_QUOTED = re.compile(r"(?:(?<=,)|^)'([^'\n]*)'(?=,|\s*$)", re.MULTILINE)
_PATHS = PatchPaths(
    "ApiKey",
    values={"/name": text, "/description": text, "/enabled": truth, "/customerId": text},
    value_lists=("/stages", "/labels"),
)


def create_api_key(region: Region, request: Document) -> Document:
    """A new key; without a value AWS makes one of 40 characters. The answer shows the value."""
    name, value = request.get("name"), request.get("value")
    _check(region, name, value)
    identifier, now = region.unused_id(10, region.api_keys), region.world.now()
    document: Document = {
        "id": identifier,
        "value": value or region.world.token(40),
        "enabled": bool(request.get("enabled", False)),
        "createdDate": now,
        "lastUpdatedDate": now,
        "stageKeys": [_stage_key(region, one) for one in request.get("stageKeys") or []],
    }
    document |= {key: request[key] for key in ("name", "description", "customerId", "tags") if request.get(key)}
    region.api_keys[identifier] = document
    return document


def _check(region: Region, name: str | None, value: str | None) -> None:
    if name is not None and len(name) > MAX_NAME:
        raise BadRequestError(f"Invalid API Key name, can be at most {MAX_NAME} characters.")
    if value is None:
        return
    if len(value) < MIN_VALUE:
        raise BadRequestError(f"API Key value should be at least {MIN_VALUE} characters")
    if len(value) > MAX_VALUE:
        raise BadRequestError(f"API Key value exceeds maximum size of {MAX_VALUE} characters")
    if any(one["value"] == value for one in region.api_keys.values()):
        raise ConflictError("API Key already exists")


def _stage_key(region: Region, given: Any) -> str:
    """`{"restApiId": "a", "stageName": "b"}`, or a patch's `a/b`, as `a/b`."""
    place = given if isinstance(given, str) else f"{given.get('restApiId')}/{given.get('stageName')}"
    api_id, _, name = place.partition("/")
    api = region.rest_apis.get(api_id)
    if api is None or name not in api.stages:
        raise BadRequestError(f"Invalid stage identifier specified: {place}")
    return place


def find_key(region: Region, identifier: str) -> Document:
    """The key with this identifier."""
    found = region.api_keys.get(identifier)
    if found is None:
        raise NotFoundError("Invalid API Key identifier specified")
    return found


def _shown(document: Document, *, with_value: bool) -> Document:
    return document if with_value else {key: one for key, one in document.items() if key != "value"}


def get_api_key(region: Region, request: Document) -> Document:
    """One key; the value only with `includeValue`."""
    return _shown(find_key(region, request["apiKey"]), with_value=bool(request.get("includeValue")))


def get_api_keys(region: Region, request: Document) -> Document:
    """All keys, or those whose name starts with `nameQuery`; values only with `includeValues`."""
    query, customer = request.get("nameQuery"), request.get("customerId")
    found = (
        one
        for one in region.api_keys.values()
        if str(one.get("name", "")).startswith(query or "") and customer in (None, one.get("customerId"))
    )
    return page((_shown(one, with_value=bool(request.get("includeValues"))) for one in found), request)


def update_api_key(region: Region, request: Document) -> Document:
    """Patch a key; the value cannot change."""
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "ApiKey")
    current = find_key(region, request["apiKey"])
    # What the paths call stages, the key calls stageKeys; labels are taken and shown nowhere.
    changed = patches.apply({**current, "stages": current["stageKeys"]}, operations, _PATHS)
    changed.pop("labels", None)
    changed["stageKeys"] = [_stage_key(region, one) for one in changed.pop("stages")]
    _check(region, changed.get("name"), None)
    changed["lastUpdatedDate"] = region.world.now()
    region.api_keys[changed["id"]] = changed
    return {"tags": {}, **_shown(changed, with_value=False)}


def delete_api_key(region: Region, request: Document) -> None:
    """A key leaves every usage plan with it."""
    identifier = find_key(region, request["apiKey"])["id"]
    del region.api_keys[identifier]
    for keys in region.plan_keys.values():
        if identifier in keys:
            keys.remove(identifier)


def import_api_keys(region: Region, request: Document) -> Document:
    """Keys from CSV with the columns name, key, description, enabled, usageplanIds; with `failOnWarnings` all or none."""
    if request.get("format") != "csv":
        raise ValidationError([not_in_enum(request.get("format"), "format", ["csv"])])
    before = copy.deepcopy((region.api_keys, region.plan_keys))
    answer = _import_rows(region, _rows(request.get("body") or b""))
    if answer["warnings"] and request.get("failOnWarnings"):
        region.api_keys, region.plan_keys = before
        raise BadRequestError("Warnings found during import:\n\t" + "\n\t".join(answer["warnings"]))
    return answer


def _rows(body: bytes | str) -> list[dict[str, str]]:
    """One dictionary per line, by column in lower case (FACTS 7.13); single quotes hold commas as double ones do."""
    content = body.decode("utf-8-sig") if isinstance(body, bytes) else body
    reader = csv.DictReader(io.StringIO(_SINGLE_QUOTED.sub(r'"\1"', content)), skipinitialspace=True)
    columns = {str(name).strip().lower() for name in reader.fieldnames or []}
    if not columns >= {"name", "key"}:  # documented; the words are ours
        raise BadRequestError("The file of API keys must have the columns Name and Key")
    return [{str(key).strip().lower(): (one or "").strip() for key, one in row.items() if key} for row in reader]


def _import_rows(region: Region, rows: list[dict[str, str]]) -> Document:
    warnings: list[str] = []
    ids: list[str] = []
    for number, row in enumerate(rows, 2):
        try:
            identifier = _import_row(region, row)
        except BadRequestError as error:
            warnings.append(f"Line {number}: {error}")
            continue
        ids.append(identifier)
        for plan in (one.strip() for one in row.get("usageplanids", "").split(",") if one.strip()):
            if plan not in region.usage_plans:
                warnings.append(f"Line {number}: Invalid Usage Plan ID specified: {plan}")
            elif identifier not in region.plan_keys[plan]:
                region.plan_keys[plan].append(identifier)
    return {"ids": ids, "warnings": warnings}


def _import_row(region: Region, row: dict[str, str]) -> str:
    """The id of the key, a new one or the one that had this value already and is overwritten (FACTS 7.13)."""
    shown: Document = {"name": row["name"], "description": row.get("description", "")}
    enabled = row.get("enabled", "true").lower() == "true"
    existing = next((one for one in region.api_keys.values() if one["value"] == row["key"]), None)
    if existing is None:
        return str(create_api_key(region, {**shown, "value": row["key"], "enabled": enabled})["id"])
    _check(region, row["name"], None)
    changed = {**existing, **shown, "enabled": enabled, "lastUpdatedDate": region.world.now()}
    region.api_keys[existing["id"]] = {key: one for key, one in changed.items() if one != ""}
    return str(existing["id"])


OPERATIONS = {
    "CreateApiKey": create_api_key,
    "ImportApiKeys": import_api_keys,
    "GetApiKey": get_api_key,
    "GetApiKeys": get_api_keys,
    "UpdateApiKey": update_api_key,
    "DeleteApiKey": delete_api_key,
}
