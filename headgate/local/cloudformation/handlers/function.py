"""AWS::Lambda::Function: its code from S3 or inline, its configuration, its reserved concurrency."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from .contract import Handler, HandlerError, Made, Request
from .shapes import conform, tag_map

# What a property falls back to when it is taken out of the template.
DEFAULTS: Mapping[str, Any] = {
    "DeadLetterConfig": {"TargetArn": ""},
    "Description": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "KmsKeyArn": "",
    "Layers": [],
    "MemorySize": 128,
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
}
CONFIGURATION = (
    *DEFAULTS,
    "FileSystemConfigs",
    "Handler",
    "ImageConfig",
    "LoggingConfig",
    "Role",
    "Runtime",
    "SnapStart",
    "VpcConfig",
)
# A fixed moment, so that the same inline source always is the same archive and code digest.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def create(request: Request) -> Made:
    """CreateFunction, then the reserved concurrency."""
    client, properties = request.clients("lambda"), request.properties
    name = request.name(properties.get("FunctionName"))
    wanted = {**properties, "FunctionName": name, "Tags": tag_map(properties.get("Tags"))}
    parameters = conform("lambda", "CreateFunction", wanted)
    parameters["Code"] = _code(properties)
    made = client.create_function(**parameters)
    try:
        _reserve(request, name)
    except Exception:
        client.delete_function(FunctionName=name)
        raise
    return Made(name, {"Arn": made["FunctionArn"]})


def update(request: Request) -> Made:
    """New code and new configuration, each only when it changed; the code last, so that a version published next has both."""
    client, old, new = request.clients("lambda"), request.old_properties, request.properties
    name = request.physical_id
    changed = {key: new.get(key, DEFAULTS.get(key)) for key in CONFIGURATION if old.get(key) != new.get(key)}
    configuration = {key: value for key, value in changed.items() if value is not None}
    if configuration:
        wanted = {**configuration, "FunctionName": name}
        client.update_function_configuration(**conform("lambda", "UpdateFunctionConfiguration", wanted))
    if old.get("Code") != new.get("Code") or old.get("Architectures") != new.get("Architectures"):
        architectures = {"Architectures": new["Architectures"]} if new.get("Architectures") else {}
        client.update_function_code(FunctionName=name, **_code(new), **architectures)
    if old.get("ReservedConcurrentExecutions") != new.get("ReservedConcurrentExecutions"):
        _reserve(request, name)
    _tag(request)
    return Made(name, request.old_attributes)


def delete(request: Request) -> None:
    """Deletes the function with all versions; one that is gone is fine."""
    client = request.clients("lambda")
    try:
        client.delete_function(FunctionName=request.physical_id)
    except client.exceptions.ResourceNotFoundException:
        return


HANDLER = Handler(create=create, update=update, delete=delete)


def _code(properties: Mapping[str, Any]) -> dict[str, Any]:
    code = properties["Code"]
    if isinstance(code, Mapping) and "ZipFile" in code:
        return {"ZipFile": _archive(str(code["ZipFile"]))}
    wanted = {name: code[name] for name in ("S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri") if name in code}
    if not wanted:
        raise HandlerError(f"Code needs S3Bucket and S3Key, or ZipFile, got {sorted(code)}")
    return wanted


def _archive(source: str) -> bytes:
    """Inline source as the archive Lambda makes of it: one `index.py`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("index.py", ZIP_EPOCH)
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, source)
    return buffer.getvalue()


def _reserve(request: Request, name: str) -> None:
    client, reserved = request.clients("lambda"), request.properties.get("ReservedConcurrentExecutions")
    if reserved is not None:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(reserved))
    elif request.old_properties.get("ReservedConcurrentExecutions") is not None:
        client.delete_function_concurrency(FunctionName=name)


def _tag(request: Request) -> None:
    old, new = tag_map(request.old_properties.get("Tags")), tag_map(request.properties.get("Tags"))
    client, arn = request.clients("lambda"), request.old_attributes.get("Arn", "")
    gone = sorted(set(old) - set(new))
    if gone:
        client.untag_resource(Resource=arn, TagKeys=gone)
    if new and new != old:
        client.tag_resource(Resource=arn, Tags=new)
