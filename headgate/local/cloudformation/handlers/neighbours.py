"""What often stands beside a gateway: user pools, secrets, event buses, log streams and function URLs."""

import json
from typing import Any

from .contract import Handler, Made, Request
from .shapes import conform


def create_pool(request: Request) -> Made:
    """CreateUserPool; Ref answers the id."""
    wanted = {**request.properties, "PoolName": request.name(request.properties.get("UserPoolName"), limit=128)}
    pool = request.clients("cognito-idp").create_user_pool(**conform("cognito-idp", "CreateUserPool", wanted))[
        "UserPool"
    ]
    return Made(pool["Id"], _pool(request, pool["Id"]))


def update_pool(request: Request) -> Made:
    """UpdateUserPool."""
    wanted = {**request.properties, "UserPoolId": request.physical_id}
    request.clients("cognito-idp").update_user_pool(**conform("cognito-idp", "UpdateUserPool", wanted))
    return Made(request.physical_id, _pool(request, request.physical_id))


def delete_pool(request: Request) -> None:
    """DeleteUserPool; one that is gone is fine."""
    client = request.clients("cognito-idp")
    try:
        client.delete_user_pool(UserPoolId=request.physical_id)
    except client.exceptions.ResourceNotFoundException:
        return


def _pool(request: Request, pool_id: str) -> dict[str, str]:
    provider = f"cognito-idp.{request.stack.region}.amazonaws.com/{pool_id}"
    return {
        "Arn": request.stack.arn("cognito-idp", f"userpool/{pool_id}"),
        "ProviderName": provider,
        "ProviderURL": f"https://{provider}",
        "UserPoolId": pool_id,
    }


def create_pool_client(request: Request) -> Made:
    """CreateUserPoolClient; Ref answers the client's id."""
    wanted = {**request.properties, "ClientName": request.name(request.properties.get("ClientName"), limit=128)}
    client = request.clients("cognito-idp")
    made = client.create_user_pool_client(**conform("cognito-idp", "CreateUserPoolClient", wanted))["UserPoolClient"]
    return Made(made["ClientId"], _pool_client(made))


def update_pool_client(request: Request) -> Made:
    """UpdateUserPoolClient."""
    wanted = {**request.properties, "ClientId": request.physical_id}
    client = request.clients("cognito-idp")
    made = client.update_user_pool_client(**conform("cognito-idp", "UpdateUserPoolClient", wanted))["UserPoolClient"]
    return Made(request.physical_id, _pool_client(made))


def delete_pool_client(request: Request) -> None:
    """DeleteUserPoolClient; gone with its pool is fine."""
    client = request.clients("cognito-idp")
    try:
        client.delete_user_pool_client(UserPoolId=request.properties["UserPoolId"], ClientId=request.physical_id)
    except client.exceptions.ResourceNotFoundException:
        return


def _pool_client(made: Any) -> dict[str, str]:
    secret = {"ClientSecret": made["ClientSecret"]} if made.get("ClientSecret") else {}
    return {"ClientId": made["ClientId"], "Name": made.get("ClientName", ""), **secret}


def create_secret(request: Request) -> Made:
    """CreateSecret, given or generated; Ref answers the ARN."""
    properties, client = request.properties, request.clients("secretsmanager")
    wanted = {**properties, "Name": request.name(properties.get("Name"), limit=512)}
    made = client.create_secret(
        **conform("secretsmanager", "CreateSecret", {**wanted, "SecretString": _secret(request)})
    )
    return Made(made["ARN"], {"Id": made["ARN"]}, no_echo=False)


def update_secret(request: Request) -> Made:
    """UpdateSecret; what was generated stays."""
    old, new = request.old_properties, request.properties
    wanted = {"SecretId": request.physical_id, "Description": new.get("Description", "")}
    if new.get("SecretString") is not None and old.get("SecretString") != new["SecretString"]:
        wanted["SecretString"] = new["SecretString"]
    request.clients("secretsmanager").update_secret(**wanted)
    return Made(request.physical_id, request.old_attributes)


def delete_secret(request: Request) -> None:
    """DeleteSecret at once; one that is gone is fine."""
    client = request.clients("secretsmanager")
    try:
        client.delete_secret(SecretId=request.physical_id, ForceDeleteWithoutRecovery=True)
    except client.exceptions.ResourceNotFoundException:
        return


def _secret(request: Request) -> str:
    properties = request.properties
    if properties.get("SecretString") is not None:
        return str(properties["SecretString"])
    generate = dict(properties.get("GenerateSecretString") or {})
    template, key = generate.pop("SecretStringTemplate", None), generate.pop("GenerateStringKey", None)
    options = conform("secretsmanager", "GetRandomPassword", generate)
    word = str(request.clients("secretsmanager").get_random_password(**options)["RandomPassword"])
    return word if not template or not key else json.dumps({**json.loads(template), key: word})


def create_bus(request: Request) -> Made:
    """CreateEventBus; Ref answers the name."""
    name, about = str(request.properties["Name"]), request.properties.get("Description")
    described = {"Description": about} if about else {}
    arn = request.clients("events").create_event_bus(Name=name, **described)["EventBusArn"]
    return Made(name, {"Arn": arn, "Name": name})


def update_bus(request: Request) -> Made:
    """UpdateEventBus: what it is said to be for."""
    about = request.properties.get("Description", "")
    request.clients("events").update_event_bus(Name=request.physical_id, Description=about)
    return Made(request.physical_id, request.old_attributes)


def delete_bus(request: Request) -> None:
    """DeleteEventBus, which never minds one that is gone."""
    request.clients("events").delete_event_bus(Name=request.physical_id)


def create_stream(request: Request) -> Made:
    """CreateLogStream; Ref answers the name."""
    name = request.name(request.properties.get("LogStreamName"), limit=512)
    request.clients("logs").create_log_stream(logGroupName=request.properties["LogGroupName"], logStreamName=name)
    return Made(name)


def delete_stream(request: Request) -> None:
    """DeleteLogStream; gone with its group is fine."""
    client = request.clients("logs")
    try:
        client.delete_log_stream(logGroupName=request.properties["LogGroupName"], logStreamName=request.physical_id)
    except client.exceptions.ResourceNotFoundException:
        return


def create_url(request: Request) -> Made:
    """CreateFunctionUrlConfig, kept but not served; Ref answers the function's ARN."""
    made = request.clients("lambda").create_function_url_config(
        **conform("lambda", "CreateFunctionUrlConfig", _url(request))
    )
    return Made(made["FunctionArn"], {"FunctionArn": made["FunctionArn"], "FunctionUrl": made["FunctionUrl"]})


def update_url(request: Request) -> Made:
    """UpdateFunctionUrlConfig."""
    wanted = conform("lambda", "UpdateFunctionUrlConfig", _url(request))
    request.clients("lambda").update_function_url_config(**wanted)
    return Made(request.physical_id, request.old_attributes)


def delete_url(request: Request) -> None:
    """DeleteFunctionUrlConfig; gone with its function is fine."""
    client = request.clients("lambda")
    try:
        client.delete_function_url_config(FunctionName=request.properties["TargetFunctionArn"])
    except client.exceptions.ResourceNotFoundException:
        return


def _url(request: Request) -> dict[str, Any]:
    return {**request.properties, "FunctionName": request.properties["TargetFunctionArn"]}


USER_POOL = Handler(create=create_pool, update=update_pool, delete=delete_pool)
USER_POOL_CLIENT = Handler(create=create_pool_client, update=update_pool_client, delete=delete_pool_client)
SECRET = Handler(create=create_secret, update=update_secret, delete=delete_secret)
EVENT_BUS = Handler(create=create_bus, update=update_bus, delete=delete_bus)
LOG_STREAM = Handler(create=create_stream, delete=delete_stream)
FUNCTION_URL = Handler(create=create_url, update=update_url, delete=delete_url)
