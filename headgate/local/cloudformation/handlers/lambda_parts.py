"""AWS::Lambda::{Version,Alias,Permission}: what hangs on a function."""

from .contract import Handler, Made, Request
from .shapes import conform


def create_version(request: Request) -> Made:
    """Publishes the function's code as it is now; Ref answers the version's ARN."""
    parameters = conform("lambda", "PublishVersion", request.properties)
    made = request.clients("lambda").publish_version(**parameters)
    arn = made["FunctionArn"]
    if not arn.endswith(f":{made['Version']}"):
        arn = f"{arn}:{made['Version']}"
    return Made(arn, {"Version": made["Version"], "FunctionArn": arn})


def delete_version(request: Request) -> None:
    """Deletes this version only; one that is gone with its function is fine."""
    client = request.clients("lambda")
    function, _, version = request.physical_id.rpartition(":")
    try:
        client.delete_function(FunctionName=function, Qualifier=version)
    except client.exceptions.ResourceNotFoundException:
        return


def keep_version(request: Request) -> Made:
    """Only properties that change nothing about a published version get here."""
    return Made(request.physical_id, request.old_attributes)


def create_alias(request: Request) -> Made:
    """CreateAlias; Ref answers the alias ARN."""
    made = request.clients("lambda").create_alias(**conform("lambda", "CreateAlias", _alias(request)))
    return Made(made["AliasArn"], {"AliasArn": made["AliasArn"]})


def update_alias(request: Request) -> Made:
    """UpdateAlias with all of it."""
    made = request.clients("lambda").update_alias(**conform("lambda", "UpdateAlias", _alias(request)))
    return Made(request.physical_id, {"AliasArn": made["AliasArn"]})


def delete_alias(request: Request) -> None:
    """Deletes the alias; one that is gone is fine."""
    client = request.clients("lambda")
    try:
        client.delete_alias(FunctionName=request.properties["FunctionName"], Name=request.properties["Name"])
    except client.exceptions.ResourceNotFoundException:
        return


def _alias(request: Request) -> dict[str, object]:
    properties = dict(request.properties)
    weights = (properties.pop("RoutingConfig", None) or {}).get("AdditionalVersionWeights") or ()
    # CloudFormation lists weights, the API maps them by version.
    routing = {item["FunctionVersion"]: item["FunctionWeight"] for item in weights}
    return {**properties, "RoutingConfig": {"AdditionalVersionWeights": routing}}


def create_permission(request: Request) -> Made:
    """AddPermission under a generated statement id."""
    statement = request.name(None)
    wanted = {**request.properties, "StatementId": statement}
    request.clients("lambda").add_permission(**conform("lambda", "AddPermission", wanted))
    return Made(statement, {"Id": statement})


def delete_permission(request: Request) -> None:
    """RemovePermission; gone with its function is fine."""
    client = request.clients("lambda")
    try:
        client.remove_permission(FunctionName=request.properties["FunctionName"], StatementId=request.physical_id)
    except client.exceptions.ResourceNotFoundException:
        return


VERSION = Handler(create=create_version, update=keep_version, delete=delete_version)
ALIAS = Handler(create=create_alias, update=update_alias, delete=delete_alias)
PERMISSION = Handler(create=create_permission, delete=delete_permission)
