"""GetExport: a stage's snapshot as an OpenAPI document."""

import datetime as dt
import json

import yaml

from ..documentation import as_extension
from ..errors import BadRequestError
from ..openapi.documented import write_documentation
from ..openapi.exporter import export
from ..state import Document, Region
from .stages import stage

EXPORT_TYPES = ("oas30", "swagger")


def get_export(region: Region, request: Document) -> Document:
    """`exportType` oas30 or swagger, JSON or YAML by `accepts`.

    `extensions` may name integrations, authorizers, documentation (of the stage's documentation version) and apigateway.
    """
    api, kind = region.api(request["restApiId"]), request["exportType"]
    if kind not in EXPORT_TYPES:
        raise BadRequestError(f"No API exporter for type '{kind}'")
    entry = stage(api, request["stageName"])
    snapshot = api.deployments[entry.document["deploymentId"]].record
    extensions = str((request.get("parameters") or {}).get("extensions") or "").split(",")
    # Recorded: the API's version where it has one, else the moment of the deployment, in the file's name too.
    when = str(api.draft.rest_api.get("version") or _moment(snapshot.created_epoch))
    wanted = frozenset(one.strip() for one in extensions if one.strip())
    document = export(
        snapshot.definition, stage_name=entry.document["stageName"], kind=kind, when=when, extensions=wanted
    )
    if "description" in api.draft.rest_api:
        document["info"] = {"description": api.draft.rest_api["description"], **document["info"]}
    version = api.documentation_versions.get(entry.document.get("documentationVersion") or "")
    if "documentation" in wanted and version is not None:
        write_documentation(document, version.parts)
        made = _moment(version.document["createdDate"])
        extension = as_extension(version.document["version"], made, version.parts)
        document["x-amazon-apigateway-documentation"] = extension
    wants_yaml = "yaml" in str(request.get("accepts") or "")
    text = yaml.safe_dump(document, sort_keys=False) if wants_yaml else json.dumps(document, indent=2)
    suffix = "yaml" if wants_yaml else "json"
    return {
        "contentType": "application/octet-stream",
        "contentDisposition": f'attachment; filename="{kind}_{when}.{suffix}"',
        "body": text,
    }


def _moment(epoch_seconds: float) -> str:
    return dt.datetime.fromtimestamp(epoch_seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


OPERATIONS = {"GetExport": get_export}
