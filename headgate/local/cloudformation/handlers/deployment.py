"""AWS::ApiGateway::Deployment: a snapshot of the API. Our own stacks make theirs through the publish custom resource."""

from .contract import Handler, Made, Request
from .shapes import conform


def create(request: Request) -> Made:
    """CreateDeployment, with the stage when the template names one."""
    properties = request.properties
    stage = properties.get("StageDescription") or {}
    parameters = {
        **properties,
        "StageDescription": stage.get("Description", ""),
        "CanarySettings": properties.get("DeploymentCanarySettings") or {},
        **{
            name: stage[name]
            for name in ("CacheClusterEnabled", "CacheClusterSize", "TracingEnabled", "Variables")
            if name in stage
        },
    }
    wanted = {name: value for name, value in parameters.items() if value not in ("", {})}
    made = request.clients("apigateway").create_deployment(**conform("apigateway", "CreateDeployment", wanted))
    return Made(made["id"], {"DeploymentId": made["id"]})


def update(request: Request) -> Made:
    """Only the description can change in place."""
    patch = {"op": "replace", "path": "/description", "value": str(request.properties.get("Description", ""))}
    request.clients("apigateway").update_deployment(
        restApiId=request.properties["RestApiId"], deploymentId=request.physical_id, patchOperations=[patch]
    )
    return Made(request.physical_id, {"DeploymentId": request.physical_id})


def delete(request: Request) -> None:
    """DeleteDeployment; refused by the service while a stage points at it (LIFECYCLE F10)."""
    client = request.clients("apigateway")
    try:
        client.delete_deployment(restApiId=request.properties["RestApiId"], deploymentId=request.physical_id)
    except client.exceptions.NotFoundException:
        return


HANDLER = Handler(create=create, update=update, delete=delete)
