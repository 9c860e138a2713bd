"""A rollout without a human, through the template's own metric filters, alarm, rule and state machine, on the cloud's clock."""

from collections.abc import Callable

import pytest

from .rollouts import PATIENT, QUICK, Rollout

Make = Callable[..., Rollout]
# Requests a minute, and a judge for whom ten percent of them are enough in two.
RATE, SLOW_RATE = 400, 1504


@pytest.mark.parametrize(
    ("judge", "rate", "share"),
    [
        pytest.param(QUICK, RATE, 0.2, id="quick"),
        pytest.param(PATIENT, SLOW_RATE * 2, 0.05, id="patient", marks=pytest.mark.slow),
    ],
)
def test_a_bad_canary_is_rolled_back_by_itself(rollout: Make, judge: str, rate: int, share: float) -> None:
    made = rollout(judge=judge, v2=share)
    stable = made.stage()["deploymentId"]
    made.deploy("v2")
    assert made.stage()["canarySettings"]["percentTraffic"] == 10.0

    minutes = 0
    while "canarySettings" in made.stage() and minutes < 6:
        made.minute(rate)
        minutes += 1

    assert made.stage()["deploymentId"] == stable
    assert "canarySettings" not in made.stage()
    assert made.executions() == [("FAILED", "ROLLED_BACK")]
    assert made.command("status")["state"]["history"][0]["by"] == "automation"
    assert made.answered[200] > (1 - share / 2.5) * sum(made.answered.values())


@pytest.mark.parametrize(
    ("judge", "rate"),
    [
        pytest.param(QUICK, RATE, id="quick"),
        pytest.param(PATIENT, SLOW_RATE, id="patient", marks=pytest.mark.slow),
    ],
)
def test_a_good_canary_is_promoted_by_itself(rollout: Make, judge: str, rate: int) -> None:
    made = rollout(judge=judge)
    stable = made.stage()["deploymentId"]
    made.deploy("v2")
    shares = []
    for _ in range(9):
        made.minute(rate)
        shares.append(made.stage().get("canarySettings", {}).get("percentTraffic"))

    assert made.stage()["deploymentId"] != stable
    assert [share for number, share in enumerate(shares) if share not in shares[:number]] == [10.0, 50.0, None]
    assert made.executions() == [("SUCCEEDED", "PROMOTED")]
    assert set(made.answered) == {200}


def test_a_canary_without_traffic_is_paused_never_promoted(rollout: Make) -> None:
    made = rollout()
    stable = made.stage()["deploymentId"]
    made.deploy("v2")
    for _ in range(8):
        made.minute(0)

    assert made.stage()["deploymentId"] == stable
    assert made.stage()["canarySettings"]["percentTraffic"] == 0.0
    assert made.executions() == [("SUCCEEDED", "PAUSED")]


def test_a_broken_canary_does_not_wait_for_the_next_look(rollout: Make) -> None:
    made = rollout("look-seconds: 3600", v2=0.9)
    made.deploy("v2")
    made.minute(RATE)
    made.minute(RATE)

    assert "canarySettings" not in made.stage()
    assert made.command("status")["state"]["history"][0]["by"].startswith("alarm shop-prod-prod-canary-errors")


def test_a_human_has_the_last_word(rollout: Make) -> None:
    made = rollout()
    made.deploy("v2")
    made.minute(RATE)
    assert made.command("set", percent=30.0)["ok"]
    for _ in range(4):
        made.minute(80)

    assert made.stage()["canarySettings"]["percentTraffic"] == 30.0
    assert made.executions() == [("SUCCEEDED", "SUPERSEDED")]


@pytest.mark.parametrize(("status", "enters"), [(200, True), (201, False)])
def test_a_release_is_asked_before_it_gets_traffic(rollout: Make, status: int, enters: bool) -> None:
    made = rollout(f"smoke: [{{path: /products, status: {status}}}]")
    if enters:
        made.deploy("v2")
    else:
        with pytest.raises(Exception, match="failed its smoke test"):
            made.deploy("v2")

    assert ("canarySettings" in made.stage()) == enters
    assert [request.path for request in made.gateway.requests("shop")] == ["/v2/products"] * (1 if enters else 3)
