"""Deploys and commands on one environment, through the doors that CloudFormation and the command line use."""

import pytest

from functions.release.releases import RefusedError

from .world import World


@pytest.fixture
def world() -> World:
    """An environment on release r1."""
    world = World()
    world.deploy("r1")
    return world


def test_the_first_deploy_serves_everything_whatever_the_percent():
    world = World()

    assert world.deploy("r1", Percent="5") == "release r1 serves stage prod already"
    assert world.traffic() == {"r1": 100}


def test_a_deploy_lets_the_new_release_in_as_canary(world: World):
    world.deploy("r2")

    assert world.traffic() == {"r1": 90, "r2": 10}


def test_a_deploy_without_canary_takes_everything(world: World):
    world.deploy("r2", Mode="all-at-once")

    assert world.traffic() == {"r2": 100}


def test_promote_then_the_next_release_is_a_canary_beside_it(world: World):
    world.deploy("r2")
    assert world.ask("promote")["message"] == "release r2 takes all of stage prod"

    world.deploy("r3")

    assert world.traffic() == {"r2": 90, "r3": 10}


def test_a_later_deploy_does_not_reset_what_an_operator_set(world: World):
    world.deploy("r2")
    world.ask("set", percent=37)

    world.deploy("r2", OnConflict="adopt")

    assert world.traffic() == {"r1": 63, "r2": 37}


def test_reverting_gives_the_old_deployment_back(world: World):
    first = world.look().stable.deployment
    world.deploy("r2", Mode="all-at-once")

    world.deploy("r1", Mode="all-at-once")

    assert world.look().stable.deployment == first
    assert len(world.gateway.deployments) == 2


def test_a_rolled_back_release_stays_out_until_it_is_asked_for(world: World):
    world.deploy("r2")
    world.ask("rollback")
    world.deploy("r1")

    with pytest.raises(RefusedError, match="r2 was rolled back from stage prod before"):
        world.deploy("r2")
    world.deploy("r2", Retry="true")

    assert world.traffic() == {"r1": 90, "r2": 10}


def test_starting_a_rolled_back_release_by_hand_lifts_the_rejection(world: World):
    world.deploy("r2")
    world.ask("rollback")
    assert world.ask("status")["state"]["rejected"] == ["r2"]

    answer = world.ask("start", percent=1)

    assert answer["state"]["canary"] == {"releaseId": "r2", "percent": 1.0, "deployments": ["d2"]}
    assert answer["state"]["rejected"] == []


def test_undo_serves_what_was_stable_before_and_twice_is_once(world: World):
    world.deploy("r2")
    world.ask("promote")
    assert world.ask("undo")["message"] == "stage prod is back on release r1"
    assert world.traffic() == {"r1": 100}

    again = world.ask("undo")

    assert (again["ok"], again["operations"]) == (True, [])
    assert world.traffic() == {"r1": 100}


def test_undo_after_a_deploy_at_once(world: World):
    world.deploy("r2", Mode="all-at-once")

    world.ask("undo")

    assert world.traffic() == {"r1": 100}


def test_undo_beside_a_canary_is_refused(world: World):
    world.deploy("r2")

    assert world.ask("undo")["error"]["code"] == "canary-in-flight"


def test_undo_to_a_deleted_deployment_says_so(world: World):
    world.deploy("r2", Mode="all-at-once")
    del world.gateway.deployments["api1", "d1"]

    assert world.ask("undo")["error"]["code"] == "nothing-to-undo"
    assert world.traffic() == {"r2": 100}


def test_undo_without_history_says_so(world: World):
    assert world.ask("undo")["error"]["code"] == "nothing-to-undo"


def test_dry_run_changes_nothing_and_prints_the_equivalent_command(world: World):
    world.deploy("r2")
    before = world.look()

    answer = world.ask("promote", dryRun=True)

    assert world.look() == before
    assert [operation["op"] for operation in answer["operations"]] == ["copy", "replace", "remove"]
    assert answer["commands"][1] == (
        "aws apigateway update-stage --rest-api-id api1 --stage-name prod --patch-operations "
        """'[{"op": "remove", "path": "/canarySettings"}]'"""
    )


def test_the_history_tells_who_did_what(world: World):
    world.deploy("r2")
    world.ask("set", percent=20)
    world.ask("rollback", by="automation")

    told = [(entry["command"], entry["releaseId"], entry["by"]) for entry in world.ask("status")["state"]["history"]]

    assert told == [("rollback", "r2", "automation"), ("set", "r2", "operator"), ("deploy", "r2", "cloudformation")]


def test_losing_the_table_loses_history_only(world: World):
    world.deploy("r2")
    world.table.items.clear()

    assert world.ask("set", percent=50)["ok"]
    world.deploy("r3")

    assert world.traffic() == {"r1": 90, "r3": 10}


def test_settings_of_the_stage_do_not_change_beside_a_canary(world: World):
    world.deploy("r2")

    with pytest.raises(RefusedError, match="settings of stage prod change while a canary is in flight"):
        world.deploy("r2", StageConfigDigest="2")


def test_a_stack_that_rolls_back_may_change_its_settings_back(world: World):
    world.deploy("r2")

    world.deploy("r1", rolling_back=True, StageConfigDigest="2")

    assert world.traffic() == {"r1": 100}


def test_a_stack_that_rolls_back_removes_its_canary_and_does_not_reject_it(world: World):
    world.deploy("r2")

    world.deploy("r1", rolling_back=True)

    assert world.traffic() == {"r1": 100}
    assert world.ask("status")["state"]["rejected"] == []


def test_a_stack_that_rolls_back_leaves_a_promoted_release(world: World):
    world.deploy("r2")
    world.ask("promote")

    world.deploy("r1", rolling_back=True)

    assert world.traffic() == {"r2": 100}


def test_deleting_the_rollout_removes_its_canary(world: World):
    world.deploy("r2")

    world.delete()

    assert world.traffic() == {"r1": 100}


def test_deleting_after_the_stage_is_gone_is_fine(world: World):
    world.gateway.stages.clear()

    assert world.delete() == {}


def test_a_repeated_event_makes_no_second_deployment(world: World):
    world.deploy("r2")
    world.table.items.clear()
    world.releases = world.fresh()

    world.deploy("r2")

    assert len(world.gateway.deployments) == 2


def test_a_deployment_removed_by_hand_is_made_again(world: World):
    world.deploy("r2")
    world.ask("rollback")
    del world.gateway.deployments["api1", "d2"]
    world.deploy("r1")

    world.deploy("r2", Retry="true")

    assert world.traffic() == {"r1": 90, "r2": 10}


def test_start_from_another_stage_takes_its_release(world: World):
    world.deploy("r2")
    world.gateway.create_stage(restApiId="api1", stageName="later", deploymentId="d1")

    world.stage = "later"
    answer = world.ask("start", percent=5, **{"from": "prod"})

    assert answer["state"]["canary"]["releaseId"] == "r2"


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"command": "explode"}, "command is 'explode'"),
        ({"command": "move"}, "command is 'move'"),
        ({"stage": ""}, "stage is ''"),
        ({"command": "set", "percent": "ten"}, "percent is 'ten'"),
        ({"command": "set", "percent": True}, "percent is True"),
    ],
)
def test_a_malformed_request_is_answered_with_what_was_wanted(world: World, event: dict[str, object], said: str):
    answer = world.ask(**{"command": "status", **event})

    assert said in answer["error"]["message"]
    assert "wanted" in answer["error"]["message"]


def test_a_stage_that_is_not_there_is_an_error_with_a_way_on(world: World):
    world.stage = "nowhere"

    assert world.ask("status")["error"] == {
        "code": "no-stage",
        "message": "REST API api1 has no stage nowhere",
        "fix": "deploy its environment first",
    }
