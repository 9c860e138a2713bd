"""The same lifecycle against the local cloud's API Gateway and DynamoDB through boto3, so that our fakes cannot flatter us."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headgate.local.cloud import Cloud, CloudConfig

from .test_stages import SET
from .world import World

DOCUMENT = {
    "openapi": "3.0.1",
    "info": {"title": "ping", "version": "1"},
    "paths": {
        "/ping": {
            "get": {
                "responses": {"200": {"description": "pong"}},
                "x-amazon-apigateway-integration": {
                    "type": "mock",
                    "requestTemplates": {"application/json": '{"statusCode": 200}'},
                    "responses": {"default": {"statusCode": "200"}},
                },
            }
        }
    },
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(CloudConfig(port=0, http_port=0, notice=lambda text: None)) as running:
        yield running


@pytest.fixture
def world(cloud: Cloud, request: pytest.FixtureRequest) -> World:
    """An environment of two APIs on release r1, on the local cloud."""
    gateway: Any = cloud.clients.client("apigateway")
    dynamodb: Any = cloud.clients.client("dynamodb")
    table = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    names = ("pk", "sk")
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in zip(names, ("HASH", "RANGE"), strict=True)],
    )
    apis = tuple(gateway.import_rest_api(body=json.dumps(DOCUMENT).encode())["id"] for _ in range(2))
    world = World(apis, gateway=gateway, table=dynamodb, table_name=table)
    world.deploy("r1")
    return world


def test_start_set_promote_undo(world: World):
    world.deploy("r2")
    assert world.traffic() == {"r1": 90, "r2": 10}
    assert world.ask("set", percent=25)["state"]["canary"]["percent"] == 25
    assert world.ask("promote")["state"]["phase"] == "stable"
    assert world.traffic() == {"r2": 100}
    assert world.ask("promote")["operations"] == []

    assert world.ask("undo")["ok"]

    assert world.traffic() == {"r1": 100}
    assert world.ask("undo")["operations"] == []


def test_pause_roll_back_and_reject(world: World):
    world.deploy("r2")
    assert world.ask("pause")["state"]["phase"] == "paused"

    answer = world.ask("rollback")

    assert answer["state"]["rejected"] == ["r2"]
    assert world.traffic() == {"r1": 100}


def test_supersede_and_move(world: World):
    world.deploy("r2")
    world.deploy("r3")
    assert world.traffic() == {"r1": 90, "r3": 10}

    world.deploy("r4", Mode="all-at-once")

    assert world.traffic() == {"r4": 100}


def test_publishing_twice_makes_one_deployment(world: World):
    world.deploy("r2")
    before = world.look()
    world.releases = world.fresh()

    world.deploy("r2")

    assert world.look() == before


def test_a_held_lease_is_refused_by_the_table_itself(world: World):
    with world.releases.journal.lease("prod", "somebody", world.clock) as first:
        assert world.ask("rollback")["error"]["code"] == "busy"
    with world.releases.journal.lease("prod", "next", world.clock) as second:
        assert second == first + 1


def test_history_is_told_newest_first(world: World):
    world.deploy("r2")
    world.ask("promote")

    assert [entry["command"] for entry in world.ask("status")["state"]["history"]] == ["promote", "deploy"]


def test_the_control_plane_makes_the_same_no_op_canary_as_our_fake(world: World):
    stage = world.gateway.update_stage(restApiId=world.apis[0], stageName="prod", patchOperations=[SET])

    assert stage["canarySettings"]["deploymentId"] == stage["deploymentId"]
    assert world.ask("rollback")["state"]["phase"] == "stable"


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ({"op": "add", "path": "/canarySettings/deploymentId", "value": "d2"}, "Invalid add operation with path"),
        ({"op": "replace", "path": "/canarySettings/deploymentId", "value": "nope"}, "Deployment id does not exist"),
        ({"op": "copy", "path": "/deploymentId", "from": "/canarySettings/deploymentId"}, "Promotion not available"),
    ],
)
def test_the_control_plane_refuses_what_our_fake_refuses(world: World, operation: dict[str, str], message: str):
    with pytest.raises(ClientError, match=message):
        world.gateway.update_stage(restApiId=world.apis[0], stageName="prod", patchOperations=[operation])
