"""An API written resource by resource, with plans and keys, the way other people's templates have it, on a whole cloud."""

from typing import Any

from .cloud import RunningCloud
from .fakes import get_att, ref

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
INVOKE = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:someone/invocations"
)


def resource(kind: str, depends_on: str | None = None, **properties: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"Type": kind, "Properties": properties}
    return {**made, "DependsOn": depends_on} if depends_on else made


def written_out(word: str, rate: int) -> dict[str, Any]:
    api = {"RestApiId": ref("Api")}
    integration = {
        "Type": "MOCK",
        "RequestTemplates": {"application/json": '{"statusCode": 200}'},
        "IntegrationResponses": [{"StatusCode": "200", "ResponseTemplates": {"application/json": word}}],
    }
    return {
        "Api": resource(
            "AWS::ApiGateway::RestApi", Name=f"written-{word}", EndpointConfiguration={"Types": ["REGIONAL"]}
        ),
        "Path": resource(
            "AWS::ApiGateway::Resource", **api, ParentId=get_att("Api", "RootResourceId"), PathPart="hello"
        ),
        "Model": resource("AWS::ApiGateway::Model", **api, Schema={"type": "object"}, Description=word),
        "Validator": resource("AWS::ApiGateway::RequestValidator", **api, ValidateRequestBody=word == "two"),
        "Authorizer": resource(
            "AWS::ApiGateway::Authorizer",
            **api,
            Name=f"authorizer-{word}",
            Type="REQUEST",
            IdentitySource="method.request.header.Authorization",
            AuthorizerUri=INVOKE,
            AuthorizerResultTtlInSeconds="60",
        ),
        "Answer": resource("AWS::ApiGateway::GatewayResponse", **api, ResponseType="DEFAULT_4XX", StatusCode="418"),
        "Method": resource(
            "AWS::ApiGateway::Method",
            **api,
            ResourceId=ref("Path"),
            HttpMethod="GET",
            AuthorizationType="CUSTOM",
            AuthorizerId=ref("Authorizer"),
            ApiKeyRequired="true",
            Integration=integration,
            MethodResponses=[{"StatusCode": "200"}],
        ),
        "Deployment": resource("AWS::ApiGateway::Deployment", "Method", **api, Description=word),
        "Stage": resource("AWS::ApiGateway::Stage", **api, StageName="v1", DeploymentId=ref("Deployment")),
        "Plan": resource(
            "AWS::ApiGateway::UsagePlan",
            UsagePlanName="free",
            Throttle={"RateLimit": rate, "BurstLimit": 10},
            Quota={"Limit": "1000", "Period": "DAY"},
            ApiStages=[
                {
                    "ApiId": ref("Api"),
                    "Stage": ref("Stage"),
                    "Throttle": {"/hello/GET": {"RateLimit": rate, "BurstLimit": 1}},
                }
            ],
        ),
        "Key": resource("AWS::ApiGateway::ApiKey", Enabled=True, Description=word),
        "PlanKey": resource(
            "AWS::ApiGateway::UsagePlanKey", KeyId=ref("Key"), KeyType="API_KEY", UsagePlanId=ref("Plan")
        ),
        "Role": resource("AWS::IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [TRUST]}),
        "Account": resource("AWS::ApiGateway::Account", CloudWatchRoleArn=get_att("Role", "Arn")),
        "Function": resource(
            "AWS::Lambda::Function",
            Code={"ZipFile": f"# {word}\ndef handler(event, context): return 1\n"},
            Handler="index.handler",
            Runtime="python3.13",
            Role=get_att("Role", "Arn"),
            Description=word,
            ReservedConcurrentExecutions=rate,
        ),
        f"Version{word}": resource("AWS::Lambda::Version", FunctionName=ref("Function")),
        "Alias": resource(
            "AWS::Lambda::Alias",
            FunctionName=ref("Function"),
            Name="live",
            FunctionVersion=get_att(f"Version{word}", "Version"),
        ),
        "Permission": resource(
            "AWS::Lambda::Permission",
            FunctionName=ref("Alias"),
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        ),
    }


def test_it_is_made_changed_and_deleted(cloud: RunningCloud) -> None:
    gateway, functions = cloud.client("apigateway"), cloud.client("lambda")
    made = cloud.deploy("written", {"Resources": written_out("one", 5)})
    assert made["StackStatus"] == "CREATE_COMPLETE", reasons(cloud)

    changed = cloud.deploy("written", {"Resources": written_out("two", 6)})

    assert changed["StackStatus"] == "UPDATE_COMPLETE", reasons(cloud)
    api = next(item for item in gateway.get_rest_apis()["items"] if item["name"] == "written-two")
    plan = gateway.get_usage_plans()["items"][0]
    method = gateway.get_resources(restApiId=api["id"], embed=["methods"])["items"][-1]["resourceMethods"]["GET"]
    alias = functions.list_aliases(FunctionName=functions.list_functions()["Functions"][0]["FunctionName"])["Aliases"][
        0
    ]
    assert plan["throttle"] == {"rateLimit": 6.0, "burstLimit": 10}
    assert plan["apiStages"][0]["throttle"] == {"/hello/GET": {"rateLimit": 6.0, "burstLimit": 1}}
    assert method["methodIntegration"]["integrationResponses"]["200"]["responseTemplates"] == {
        "application/json": "two"
    }
    assert method["apiKeyRequired"] is True
    assert gateway.get_authorizers(restApiId=api["id"])["items"][0]["name"] == "authorizer-two"
    assert alias["FunctionVersion"] == "2"

    cloud.client("cloudformation").delete_stack(StackName="written")

    assert cloud.settled(made["StackId"])["StackStatus"] == "DELETE_COMPLETE", reasons(cloud, made["StackId"])
    assert (
        gateway.get_usage_plans()["items"] == gateway.get_api_keys()["items"] == gateway.get_rest_apis()["items"] == []
    )


def reasons(cloud: RunningCloud, name: str = "written") -> list[str]:
    events = cloud.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    return [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
        for event in events
        if event["ResourceStatus"].endswith("_FAILED")
    ]
