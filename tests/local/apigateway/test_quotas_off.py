"""Without the switch nothing is counted."""

from typing import Any


def test_deployments_follow_each_other(deployed: Any) -> None:
    for _ in range(12):
        deployed.deploy()

    assert len(deployed.gateway.get_deployments(restApiId=deployed.api)["items"]) == 14
