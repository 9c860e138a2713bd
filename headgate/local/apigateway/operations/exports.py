"""GetExport: a stage's snapshot as an OpenAPI document."""

import datetime as dt
import json

import yaml

from ..errors import BadRequestError
from ..openapi.exporter import export
from ..state import Document, Region
from .stages import stage

EXPORT_TYPES = ("oas30", "swagger")


def get_export(region: Region, request: Document) -> Document:
    """`exportType` oas30 or swagger; `extensions` integrations, authorizers, apigateway; JSON or YAML by `accepts`."""
    api, kind = region.api(request["restApiId"]), request["exportType"]
    if kind not in EXPORT_TYPES:
        raise BadRequestError(f"No API exporter for type '{kind}'")
    entry = stage(api, request["stageName"])
    snapshot = api.deployments[entry.document["deploymentId"]].record
    when = dt.datetime.fromtimestamp(snapshot.created_epoch, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    extensions = str((request.get("parameters") or {}).get("extensions") or "").split(",")
    document = export(
        snapshot.definition,
        stage_name=entry.document["stageName"],
        kind=kind,
        when=when,
        extensions=frozenset(one.strip() for one in extensions if one.strip()),
    )
    if "description" in api.draft.rest_api:
        document["info"] = {"description": api.draft.rest_api["description"], **document["info"]}
    wants_yaml = "yaml" in str(request.get("accepts") or "")
    text = yaml.safe_dump(document, sort_keys=False) if wants_yaml else json.dumps(document, indent=2)
    suffix = "yaml" if wants_yaml else "json"
    return {
        "contentType": "application/octet-stream",
        "contentDisposition": f'attachment; filename="{kind}_{when}.{suffix}"',
        "body": text,
    }


OPERATIONS = {"GetExport": get_export}
