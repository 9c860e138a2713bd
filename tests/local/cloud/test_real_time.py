"""A cloud whose clock nobody asked to control."""

import json
import sys
import urllib.error
import urllib.request

import pytest

from headgate.local.cloud import Cloud


def test_its_clock_cannot_be_moved(cloud: Cloud) -> None:
    request = urllib.request.Request(f"{cloud.endpoint_url}/_headgate/clock", data=b'{"advance": 1}', method="POST")

    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request)

    with refusal.value as answer:
        assert answer.code == 409
    with pytest.raises(RuntimeError, match="controllable_clock=True"):
        _ = cloud.clock


def test_its_clock_can_be_read(cloud: Cloud) -> None:
    with urllib.request.urlopen(f"{cloud.endpoint_url}/_headgate/clock") as answer:
        assert json.loads(answer.read())["controllable"] is False


def test_starting_loads_neither_ec2_nor_what_only_some_use() -> None:
    import subprocess

    script = (
        "import sys\nfrom headgate.local.cloud import Cloud, CloudConfig\n"
        "with Cloud(CloudConfig(port=0, http_port=0)): print(sorted(n for n in sys.modules if n.startswith('moto.')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)

    loaded = done.stdout
    for name in (
        "moto.ec2",
        "moto.ssm.models",
        "moto.cloudformation.models",
        "moto.sns.models",
        "moto.stepfunctions.parser.asl",
    ):
        assert f"'{name}" not in loaded, name
