"""AWS::Lambda::{EventInvokeConfig,EventSourceMapping,LayerVersion}: how a function is fed, and what it shares."""

from collections.abc import Mapping
from typing import Any

from .contract import Handler, Made, Request
from .shapes import conform


def put_config(request: Request) -> Made:
    """PutFunctionEventInvokeConfig, which overwrites. The local cloud has one per function, whatever the qualifier."""
    wanted = {key: value for key, value in request.properties.items() if key != "Qualifier"}
    parameters = conform("lambda", "PutFunctionEventInvokeConfig", wanted)
    request.clients("lambda").put_function_event_invoke_config(**parameters)
    return Made(request.physical_id or request.name(None))


def delete_config(request: Request) -> None:
    """DeleteFunctionEventInvokeConfig; gone with its function is fine."""
    client = request.clients("lambda")
    try:
        client.delete_function_event_invoke_config(FunctionName=request.properties["FunctionName"])
    except client.exceptions.ResourceNotFoundException:
        return


def create_mapping(request: Request) -> Made:
    """CreateEventSourceMapping; Ref answers the id."""
    parameters = conform("lambda", "CreateEventSourceMapping", _without_tags(request.properties))
    made = request.clients("lambda").create_event_source_mapping(**parameters)
    return Made(made["UUID"], {"Id": made["UUID"]})


def update_mapping(request: Request) -> Made:
    """UpdateEventSourceMapping."""
    wanted = {**_without_tags(request.properties), "UUID": request.physical_id}
    request.clients("lambda").update_event_source_mapping(**conform("lambda", "UpdateEventSourceMapping", wanted))
    return Made(request.physical_id, request.old_attributes)


def delete_mapping(request: Request) -> None:
    """DeleteEventSourceMapping; one that is gone is fine."""
    client = request.clients("lambda")
    try:
        client.delete_event_source_mapping(UUID=request.physical_id)
    except client.exceptions.ResourceNotFoundException:
        return


def _without_tags(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key != "Tags"}


def create_layer(request: Request) -> Made:
    """PublishLayerVersion; Ref answers the version's ARN."""
    name = request.name(request.properties.get("LayerName"), limit=140)
    wanted = {**request.properties, "LayerName": name}
    made = request.clients("lambda").publish_layer_version(**conform("lambda", "PublishLayerVersion", wanted))
    arn = made["LayerVersionArn"]
    return Made(arn, {"LayerVersionArn": arn})


def delete_layer(request: Request) -> None:
    """DeleteLayerVersion, which never minds one that is gone."""
    name, _, version = request.physical_id.partition(":layer:")[2].rpartition(":")
    request.clients("lambda").delete_layer_version(LayerName=name, VersionNumber=int(version))


EVENT_INVOKE_CONFIG = Handler(create=put_config, update=put_config, delete=delete_config)
EVENT_SOURCE_MAPPING = Handler(create=create_mapping, update=update_mapping, delete=delete_mapping)
LAYER_VERSION = Handler(create=create_layer, delete=delete_layer)
