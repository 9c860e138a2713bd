"""Models: JSON Schema draft 4 documents by name (FACTS 8.7, 9.19)."""

import json
from collections.abc import Iterator

from .. import patches
from ..errors import BadRequestError, ConflictError, NotFoundError
from ..model_samples import flattened, template
from ..openapi.schemas import MODEL_NAME, refusal
from ..pages import page
from ..patches import PatchPaths, text
from ..state import Document, Draft, Region

_EMPTY = "Model schema must have at least 1 property or array items defined"
_PATHS = PatchPaths("Model", values={"/description": text, "/schema": text}, blank_stays=("/schema",), lists_paths=True)


def create_model(region: Region, request: Document) -> Document:
    """A new model."""
    draft, name = region.api(request["restApiId"]).draft, request.get("name") or ""
    if not name:
        raise BadRequestError("Model name must be non-empty")
    if not MODEL_NAME.fullmatch(name):
        raise BadRequestError(f"Model name must be alphanumeric: {name}")
    if name in draft.models:
        raise ConflictError("Model name already exists for this REST API")
    content_type = request.get("contentType") or "application/json"
    check_schema(request.get("schema") or "", content_type)
    document = {
        "id": region.unused_id(6, {one["id"]: 0 for one in draft.models.values()}),
        "name": name,
        "contentType": content_type,
        "schema": request["schema"],
    }
    if request.get("description"):
        document["description"] = request["description"]
    draft.models[name] = document
    return document


def check_schema(schema: str, content_type: str) -> None:
    """A JSON schema that is not empty and uses no keyword AWS refuses."""
    if not schema.strip():
        raise BadRequestError(_EMPTY)
    if "json" not in content_type:
        return
    try:
        value = json.loads(schema)
    except ValueError:
        raise BadRequestError(
            "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model "
            "schema specified. Schema is no valid JSON]"
        ) from None
    if not isinstance(value, dict):
        raise BadRequestError(_EMPTY)
    refused = refusal(value)
    if refused:
        raise BadRequestError(refused)


def _find(region: Region, request: Document) -> tuple[Draft, Document]:
    api, name = region.rest_apis.get(request["restApiId"]), request["modelName"]
    if api is None or name not in api.draft.models:  # recorded: an unknown API reads the same
        raise NotFoundError(f"Invalid model name specified: {name}")
    return api.draft, api.draft.models[name]


def get_model(region: Region, request: Document) -> Document:
    """One model; `flatten` writes the models it refers to into its schema."""
    draft, document = _find(region, request)
    if not request.get("flatten"):
        return document
    return {**document, "schema": flattened(document["schema"], _schemas(draft))}


def _schemas(draft: Draft) -> dict[str, str]:
    return {name: one["schema"] for name, one in draft.models.items()}


def get_models(region: Region, request: Document) -> Document:
    """All models, by name."""
    return page((one for _, one in sorted(region.api(request["restApiId"]).draft.models.items())), request)


def update_model(region: Region, request: Document) -> Document:
    """Patch description or schema."""
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "Model")
    draft, current = _find(region, request)
    changed = patches.apply(current, operations, _PATHS)
    check_schema(changed["schema"], changed["contentType"])
    draft.models[changed["name"]] = changed
    return changed


def delete_model(region: Region, request: Document) -> None:
    """Refused while a method or another model refers to it."""
    draft, model = _find(region, request)
    name = model["name"]
    place = next(_uses(draft, name), None)
    if place is not None:
        raise ConflictError(f"Cannot delete model '{name}', is referenced in {place}")
    del draft.models[name]


def _uses(draft: Draft, name: str) -> Iterator[str]:
    """Where a model is named, in AWS's words."""
    methods = [
        (f"{resource['path']}/{verb}", method)
        for resource in draft.resources.values()
        for verb, method in (resource.get("resourceMethods") or {}).items()
    ]
    for path, method in methods:
        if name in (method.get("requestModels") or {}).values():
            yield f"method request: {path}"
    for path, method in methods:
        for status, response in (method.get("methodResponses") or {}).items():
            if name in (response.get("responseModels") or {}).values():
                yield f"method response: {path}/{status}"
    for other in draft.models.values():
        if other["name"] != name and f'/models/{name}"' in other["schema"]:
            yield f"model: {other['name']}"


def get_model_template(region: Region, request: Document) -> Document:
    """A mapping template that writes a sample of the model."""
    draft, document = _find(region, request)
    return {"value": template(document["schema"], _schemas(draft))}


OPERATIONS = {
    "CreateModel": create_model,
    "GetModel": get_model,
    "GetModels": get_models,
    "UpdateModel": update_model,
    "DeleteModel": delete_model,
    "GetModelTemplate": get_model_template,
}
