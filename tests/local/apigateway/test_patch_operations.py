"""Which operation fits which path, resource by resource; everything else is a 400."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from .patch_rows import ROWS, URI, Row

OPERATIONS = {"a": "add", "r": "replace", "x": "remove"}


class World:
    """One of every resource, and the arguments that name it."""

    def __init__(self, deployed: Any) -> None:
        self.gateway, api = deployed.gateway, {"restApiId": deployed.api}
        root = self.gateway.get_resources(**api)["items"][0]["id"]
        validator = self.gateway.create_request_validator(**api, name="v")["id"]
        self.names = {
            "<api>": deployed.api,
            "<root>": root,
            "<deployment>": deployed.first,
            "<validator>": validator,
        }
        resource = self.gateway.create_resource(**api, parentId=root, pathPart="{id}")["id"]
        target = {**api, "resourceId": resource, "httpMethod": "POST"}
        self.gateway.create_model(**api, name="Unused", contentType="application/json", schema='{"type": "object"}')
        self.gateway.create_model(**api, name="M", contentType="application/json", schema='{"type": "object"}')
        self._make_method(target)
        self.gateway.create_documentation_version(**api, documentationVersion="1")
        part = self.gateway.create_documentation_part(**api, location={"type": "API"}, properties="{}")["id"]
        self.gateway.create_domain_name(domainName="d.example.com", endpointConfiguration={"types": ["REGIONAL"]})
        self.gateway.create_base_path_mapping(
            domainName="d.example.com", restApiId=deployed.api, stage="v1", basePath="b"
        )
        key = self.gateway.create_api_key(
            name="k", value="k" * 20, stageKeys=[{"restApiId": deployed.api, "stageName": "v1"}]
        )
        plan = self._make_plan(deployed.api, key["id"])
        link = self.gateway.create_vpc_link(name="l", targetArns=["arn:aws:elasticloadbalancing:us-east-1:1:lb"])["id"]
        authorizer = self.gateway.create_authorizer(
            **api, name="a", type="TOKEN", authorizerUri=URI.format("f"), identitySource="method.request.header.A"
        )["id"]
        self.places: dict[str, dict[str, str]] = {
            "account": {},
            "api_key": {"apiKey": key["id"]},
            "authorizer": {**api, "authorizerId": authorizer},
            "base_path_mapping": {"domainName": "d.example.com", "basePath": "b"},
            "client_certificate": {"clientCertificateId": "<certificate>"},
            "deployment": {**api, "deploymentId": deployed.first},
            "documentation_part": {**api, "documentationPartId": part},
            "documentation_version": {**api, "documentationVersion": "1"},
            "domain_name": {"domainName": "d.example.com"},
            "gateway_response": {**api, "responseType": "DEFAULT_4XX"},
            "integration": target,
            "integration_response": {**target, "statusCode": "200"},
            "method": target,
            "method_response": {**target, "statusCode": "200"},
            "model": {**api, "modelName": "M"},
            "request_validator": {**api, "requestValidatorId": validator},
            "resource": {**api, "resourceId": resource},
            "rest_api": api,
            "stage": {**api, "stageName": "v1"},
            "usage": {"usagePlanId": plan, "keyId": key["id"]},
            "usage_plan": {"usagePlanId": plan},
            "vpc_link": {"vpcLinkId": link},
        }

    def _make_method(self, target: dict[str, str]) -> None:
        self.gateway.put_method(
            **target,
            authorizationType="NONE",
            requestParameters={"method.request.path.id": True, "method.request.header.X": True},
            requestModels={"application/json": "M"},
        )
        self.gateway.put_method_response(
            **target,
            statusCode="200",
            responseParameters={"method.response.header.X": True},
            responseModels={"application/json": "M"},
        )
        self.gateway.put_integration(
            **target,
            type="HTTP",
            integrationHttpMethod="POST",
            uri="https://example.com",
            requestParameters={"integration.request.header.X": "'y'"},
            requestTemplates={"application/json": "{}"},
        )
        self.gateway.put_integration_response(
            **target,
            statusCode="200",
            selectionPattern="",
            responseParameters={"method.response.header.X": "'y'"},
            responseTemplates={"application/json": "{}"},
        )
        self.gateway.put_gateway_response(
            restApiId=target["restApiId"],
            responseType="DEFAULT_4XX",
            responseParameters={"gatewayresponse.header.X": "'y'"},
        )

    def _make_plan(self, api: str, key: str) -> str:
        plan = self.gateway.create_usage_plan(
            name="p",
            quota={"limit": 5, "period": "DAY"},
            throttle={"rateLimit": 5, "burstLimit": 5},
            apiStages=[{"apiId": api, "stage": "v1", "throttle": {"/a/GET": {"rateLimit": 2, "burstLimit": 2}}}],
        )["id"]
        self.gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
        return str(plan)

    def fill(self, text: str) -> str:
        if "<certificate>" in text and "<certificate>" not in self.names:  # a tenth of a second that few need
            self.names["<certificate>"] = self.gateway.generate_client_certificate()["clientCertificateId"]
        for name, value in self.names.items():
            text = text.replace(name, value)
        return text

    def patch(self, noun: str, op: str, path: str, value: str) -> dict[str, Any]:
        operation = {"op": op, "path": self.fill(path)} | ({"value": self.fill(value)} if value else {})
        place = {key: self.fill(one) for key, one in self.places[noun].items()}
        return dict(getattr(self.gateway, f"update_{noun}")(**place, patchOperations=[operation]))


@pytest.fixture
def world(deployed: Any) -> World:
    return World(deployed)


CELLS = [pytest.param(noun, row, id=f"{noun}{row[0]}") for noun, rows in ROWS.items() for row in rows]

# What has to be there before it can be set or taken away.
FIRST: dict[tuple[str, str, str], list[tuple[str, str, str]]] = {
    ("rest_api", "/binaryMediaTypes/image~1png", "x"): [("add", "/binaryMediaTypes/image~1png", "image/png")],
    ("usage_plan", "/apiStages", "a"): [("remove", "/apiStages", "<api>:v1")],
    ("stage", "/canarySettings", "x"): [("replace", "/canarySettings/percentTraffic", "5")],
}


@pytest.mark.parametrize(("noun", "row"), CELLS)
def test_what_a_path_takes(world: World, refused: Callable[..., Any], noun: str, row: Row) -> None:
    path, value, supported = row
    for letter, op in OPERATIONS.items():
        if letter not in supported:
            status = refused(lambda op=op: world.patch(noun, op, path, value))[0]
            assert status in (400, 404), f"{op} {path} is not supported"
    for letter in supported:
        for before in FIRST.get((noun, path, letter), []):
            world.patch(noun, *before)
        world.patch(noun, OPERATIONS[letter], path, value)


@pytest.mark.parametrize("noun", sorted(ROWS))
@pytest.mark.parametrize("op", ["move", "test", "copy"])
def test_operations_nothing_takes(world: World, refused: Callable[..., Any], noun: str, op: str) -> None:
    """Only stages take `copy`, from one place to another."""
    path, value, _ = ROWS[noun][0]

    assert refused(lambda: world.patch(noun, op, path, value))[0] == 400


@pytest.mark.parametrize("noun", sorted(ROWS))
def test_operations_aws_does_not_know(world: World, refused: Callable[..., Any], noun: str) -> None:
    """FACTS 10.6; said before anything is looked up."""
    world.places[noun] = {
        key: f"n{value}" if key != "responseType" else value for key, value in world.places[noun].items()
    }
    if "statusCode" in world.places[noun]:
        world.places[noun]["statusCode"] = "299"
    kind = "".join(word.capitalize() for word in noun.split("_"))

    status, code, message = refused(lambda: world.patch(noun, "wrong", ROWS[noun][0][0], "x"))

    assert (status, code) == (400, "ValidationException")
    assert message == (
        f"1 validation error detected: Value 'wrong' at 'update{kind}Input.patchOperations.1.member.op' failed to "
        "satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]"
    )


def test_a_refused_patch_leaves_everything_as_it_was(world: World, refused: Callable[..., Any]) -> None:
    before = world.gateway.get_usage_plan(**world.places["usage_plan"])
    patch = [{"op": "replace", "path": "/name", "value": "n"}, {"op": "remove", "path": "/name"}]

    refused(lambda: world.gateway.update_usage_plan(**world.places["usage_plan"], patchOperations=patch))

    after = world.gateway.get_usage_plan(**world.places["usage_plan"])
    assert json.dumps(after, default=str, sort_keys=True)[:200] == json.dumps(before, default=str, sort_keys=True)[:200]
    assert after["name"] == "p"
