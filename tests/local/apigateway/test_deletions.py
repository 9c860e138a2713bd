"""What cannot go while something names it, in AWS's words as users report them; and keys that come from files."""

from typing import Any

import pytest

BAD_REQUEST = "BadRequestException"
DOMAIN = {"domainName": "api.example.com"}


@pytest.fixture
def mapped(deployed: Any) -> Any:
    deployed.gateway.create_domain_name(**DOMAIN, endpointConfiguration={"types": ["REGIONAL"]})
    deployed.gateway.create_base_path_mapping(**DOMAIN, restApiId=deployed.api, stage="v1", basePath="b")
    return deployed


def test_an_api_with_base_paths_stays(mapped: Any, refused: Any) -> None:
    answer = refused(lambda: mapped.gateway.delete_rest_api(restApiId=mapped.api))

    assert answer[:2] == (400, BAD_REQUEST)
    assert answer[2] == (
        f"Deleting RestApi {mapped.api} failed. Please remove all base path mappings related to the RestApi in your "
        "domains: api.example.com."
    )
    mapped.gateway.delete_base_path_mapping(**DOMAIN, basePath="b")
    mapped.gateway.delete_rest_api(restApiId=mapped.api)


def test_a_stage_with_base_paths_stays(mapped: Any, refused: Any) -> None:
    api = {"restApiId": mapped.api}
    mapped.gateway.create_stage(**api, stageName="v2", deploymentId=mapped.first)

    message = refused(lambda: mapped.gateway.delete_stage(**api, stageName="v1"))[2]

    assert message.startswith("Deleting stage v1 failed. Please remove all base path mappings related to the stage in ")
    mapped.gateway.delete_stage(**api, stageName="v2")


def test_a_plan_with_stages_stays(deployed: Any, refused: Any) -> None:
    stages = [{"apiId": deployed.api, "stage": "v1"}]
    plan = deployed.gateway.create_usage_plan(name="p", apiStages=stages)["id"]

    answer = refused(lambda: deployed.gateway.delete_usage_plan(usagePlanId=plan))

    assert answer[2] == (
        f"Cannot delete Usage Plan {plan} because there are API Stages associated with it, including {deployed.api}:v1"
    )


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "/apiStages/x:dev",
            (
                "Invalid patch path  '/apiStages/x:dev' specified for op 'remove'. Must be one of: [/apiStages, /quota, "
                "/throttle, /productCode, /apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>, "
                "/apiStages/<apidId:stageName>/throttle]"
            ),
        ),
        ("/apiStages", "Invalid API Stage specified"),
    ],
)
def test_refused_removals_from_plans(deployed: Any, refused: Any, path: str, message: str) -> None:
    """Both texts: boto/boto3#2629."""
    plan = deployed.gateway.create_usage_plan(name="p")["id"]
    patch = [{"op": "remove", "path": path}]

    answer = refused(lambda: deployed.gateway.update_usage_plan(usagePlanId=plan, patchOperations=patch))

    assert answer == (400, BAD_REQUEST, message)


@pytest.mark.parametrize("stage", [{"apiId": "", "stage": "v1"}, {"stage": "v1"}, {"apiId": "x"}])
def test_a_plan_names_whole_stages(gateway: Any, refused: Any, stage: dict[str, str]) -> None:
    """aws/aws-sdk#354; the placeholders are AWS's."""
    answer = refused(lambda: gateway.create_usage_plan(name="p", apiStages=[stage]))

    assert answer == (400, BAD_REQUEST, "Invalid API Stage {api: %s, stage: %s} specified for usageplan %s")


def test_throttles_of_a_plan_as_a_map(deployed: Any) -> None:
    plan = deployed.gateway.create_usage_plan(name="p", apiStages=[{"apiId": deployed.api, "stage": "v1"}])["id"]
    path, limits = f"/apiStages/{deployed.api}:v1/throttle", '{"/a/GET": {"rateLimit": 1, "burstLimit": 2}}'

    answer = deployed.gateway.update_usage_plan(
        usagePlanId=plan, patchOperations=[{"op": "replace", "path": path, "value": limits}]
    )

    assert answer["apiStages"][0]["throttle"] == {"/a/GET": {"rateLimit": 1.0, "burstLimit": 2}}


CSV = b"Name,key,description,Enabled,usageplanIds\none,%s,first,true,<plan>\ntwo,short,second,false,\n" % (b"k" * 20)


def test_keys_from_a_file(gateway: Any, refused: Any) -> None:
    plan = gateway.create_usage_plan(name="p")["id"]
    body = CSV.replace(b"<plan>", plan.encode())

    assert refused(lambda: gateway.import_api_keys(body=body, format="csv", failOnWarnings=True))[:2] == (
        400,
        BAD_REQUEST,
    )
    assert gateway.get_api_keys()["items"] == []
    answer = gateway.import_api_keys(body=body, format="csv")
    assert (len(answer["ids"]), len(answer["warnings"])) == (1, 1)
    assert [one["id"] for one in gateway.get_usage_plan_keys(usagePlanId=plan)["items"]] == answer["ids"]


def test_a_domain_becomes_regional(gateway: Any) -> None:
    gateway.create_domain_name(**DOMAIN, certificateArn="arn:aws:acm:us-east-1:1:certificate/a")
    changes = [
        {"op": "remove", "path": "/endpointConfiguration/types", "value": "EDGE"},
        {"op": "add", "path": "/endpointConfiguration/types", "value": "REGIONAL"},
        {"op": "add", "path": "/regionalCertificateArn", "value": "arn:aws:acm:us-east-1:1:certificate/b"},
    ]

    answer = gateway.update_domain_name(**DOMAIN, patchOperations=changes)

    assert answer["endpointConfiguration"]["types"] == ["REGIONAL"]
    assert answer["regionalDomainName"].endswith(".execute-api.us-east-1.amazonaws.com")
    assert gateway.get_domain_names(resourceOwner="OTHER_ACCOUNTS")["items"] == []


def test_a_deployment_switches_the_cache_of_a_stage(deployed: Any) -> None:
    deployed.deploy(stageName="v1", cacheClusterEnabled=True)

    stage = deployed.stage()
    assert (stage["cacheClusterStatus"], stage["cacheClusterSize"]) == ("AVAILABLE", "0.5")


def test_usage_by_pages(deployed: Any) -> None:
    gateway = deployed.gateway
    plan = gateway.create_usage_plan(name="p", quota={"limit": 5, "period": "DAY"})["id"]
    for _ in range(3):
        key = gateway.create_api_key()["id"]
        gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    days = {"usagePlanId": plan, "startDate": "2027-01-15", "endDate": "2027-01-15"}

    first = gateway.get_usage(**days, limit=2)
    second = gateway.get_usage(**days, limit=2, position=first["position"])

    assert (len(first["items"]), len(second["items"])) == (2, 1)
    assert "position" not in second
