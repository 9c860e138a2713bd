"""Functions, versions, aliases and concurrency through boto3."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headgate.local.cloud import Cloud

Make = Callable[..., str]

# Returns its event once the file `go` is there; leaves the file `done`.
WAIT_FOR_GO = """
import os, time
def handler(event, context):
    while not os.path.exists("{folder}/go"):
        time.sleep(0.01)
    with open("{folder}/done", "w") as file:
        file.write(str(event))
    return event
"""

# Returns its process id once eight of them are there.
MEET = """
import os, time
def handler(event, context):
    open("{folder}/" + str(event), "w").close()
    while len(os.listdir("{folder}")) < 8:
        time.sleep(0.01)
    return os.getpid()
"""


def says(word: str) -> str:
    return f"def handler(event, context): return '{word}'"


def call(lambdas: Any, name: str, qualifier: str | None = None) -> Any:
    chosen = {"Qualifier": qualifier} if qualifier else {}
    return json.loads(lambdas.invoke(FunctionName=name, **chosen)["Payload"].read())


def test_a_version_keeps_its_code(lambdas: Any, make: Make, zipped: Callable[..., bytes]) -> None:
    name = make(says("old"), Publish=True)
    assert call(lambdas, name) == "old"

    lambdas.update_function_code(FunctionName=name, ZipFile=zipped(app=says("new")))

    assert (call(lambdas, name), call(lambdas, name, "1")) == ("new", "old")


def test_a_version_keeps_its_environment(lambdas: Any, make: Make) -> None:
    name = make(
        "import os\ndef handler(event, context): return os.environ['COLOUR']",
        Environment={"Variables": {"COLOUR": "red"}},
        Publish=True,
    )

    lambdas.update_function_configuration(FunctionName=name, Environment={"Variables": {"COLOUR": "green"}})

    assert (call(lambdas, name), call(lambdas, name, "1")) == ("green", "red")


def test_the_executed_version_and_arn_are_told(lambdas: Any, make: Make) -> None:
    name = make("def handler(event, context): return context.invoked_function_arn", Publish=True)

    answer = lambdas.invoke(FunctionName=f"{name}:1")

    assert answer["ExecutedVersion"] == "1"
    assert json.loads(answer["Payload"].read()).endswith(f":function:{name}:1")


def test_publishing_without_a_change_gives_the_same_version(lambdas: Any, make: Make) -> None:
    name = make(says("x"), Publish=True)

    assert lambdas.publish_version(FunctionName=name)["Version"] == "1"


def test_a_deleted_versions_number_is_not_given_again(lambdas: Any, make: Make, zipped: Callable[..., bytes]) -> None:
    name = make(says("1"), Publish=True)
    for word in ("2", "3"):
        lambdas.update_function_code(FunctionName=name, ZipFile=zipped(app=says(word)), Publish=True)
    lambdas.delete_function(FunctionName=name, Qualifier="1")

    made = lambdas.update_function_code(FunctionName=name, ZipFile=zipped(app=says("4")), Publish=True)

    assert made["Version"] == "4"
    assert call(lambdas, name, "3") == "3"


def test_an_alias_follows_its_version(lambdas: Any, make: Make, zipped: Callable[..., bytes]) -> None:
    name = make(says("one"), Publish=True)
    lambdas.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    assert call(lambdas, name, "live") == "one"
    lambdas.update_function_code(FunctionName=name, ZipFile=zipped(app=says("two")), Publish=True)

    lambdas.update_alias(FunctionName=name, Name="live", FunctionVersion="2")

    assert call(lambdas, name, "live") == "two"


def test_an_alias_with_a_weight_splits(lambdas: Any, make: Make, zipped: Callable[..., bytes]) -> None:
    name = make(says("one"), Publish=True)
    lambdas.update_function_code(FunctionName=name, ZipFile=zipped(app=says("two")), Publish=True)
    lambdas.create_alias(
        FunctionName=name, Name="split", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}}
    )

    assert {call(lambdas, name, "split") for _ in range(60)} == {"one", "two"}


def test_code_may_come_from_s3(cloud: Cloud, lambdas: Any, make: Make, zipped: Callable[..., bytes]) -> None:
    s3 = cloud.clients.client("s3")
    s3.create_bucket(Bucket="assets")
    s3.put_object(Bucket="assets", Key="a/b.zip", Body=zipped(app=says("stored")))

    name = make("", Code={"S3Bucket": "assets", "S3Key": "a/b.zip"})

    assert call(lambdas, name) == "stored"


def test_a_package_named_as_ours_is_the_functions_own(lambdas: Any, make: Make, zipped: Callable[..., bytes]) -> None:
    code = zipped(headgate____init__="", headgate__app=says("mine"))

    name = make("", Code={"ZipFile": code}, Handler="headgate.app.handler")

    assert call(lambdas, name) == "mine"


def test_the_project_under_test_is_not_on_the_path(lambdas: Any, make: Make) -> None:
    name = make("import sys\ndef handler(event, context): return sys.path")
    project = str(Path(__file__).parents[3])

    path = call(lambdas, name)

    assert project not in path
    assert len(path) == len(set(path))


def test_a_handler_is_the_functions_own_even_where_host_packages_go_first(
    lambdas: Any, make: Make, zipped: Callable[..., bytes]
) -> None:
    name = make("", Code={"ZipFile": zipped(six=says("mine"))}, Handler="six.handler", Runtime="python3.9")

    assert call(lambdas, name) == "mine"


@pytest.mark.parametrize("runtime", ["nodejs24.x", "java21", "python3.8", "provided.al2023"])
def test_what_cannot_run_is_refused_at_once(lambdas: Any, make: Make, runtime: str) -> None:
    with pytest.raises(ClientError, match=f"{runtime} does not run on the local cloud") as refused:
        make(says("x"), Runtime=runtime)

    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


def test_no_reserved_concurrency_means_no_calls(lambdas: Any, make: Make) -> None:
    name = make(says("x"))
    lambdas.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)

    with pytest.raises(ClientError) as refused:
        lambdas.invoke(FunctionName=name)
    lambdas.delete_function_concurrency(FunctionName=name)

    assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert call(lambdas, name) == "x"


def test_reserved_concurrency_bounds_calls_at_once(cloud: Cloud, lambdas: Any, make: Make, tmp_path: Path) -> None:
    name = make(WAIT_FOR_GO.format(folder=tmp_path), Timeout=30)
    lambdas.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=2)
    arn = lambdas.get_function_configuration(FunctionName=name)["FunctionArn"]
    running = [cloud.pool.submit(arn, b"{}") for _ in range(2)]

    with pytest.raises(ClientError, match="Rate Exceeded"):
        lambdas.invoke(FunctionName=name)
    (tmp_path / "go").touch()

    assert [one.result().payload for one in running] == [b"{}", b"{}"]


def test_calls_that_wait_get_workers_of_their_own(cloud: Cloud, lambdas: Any, make: Make, tmp_path: Path) -> None:
    name = make(MEET.format(folder=tmp_path), Timeout=60)
    arn = lambdas.get_function_configuration(FunctionName=name)["FunctionArn"]

    calls = [cloud.pool.submit(arn, str(number).encode()) for number in range(8)]

    assert len({one.result().payload for one in calls}) == 8


def test_a_warm_worker_is_used_again_until_a_cold_start_is_forced(cloud: Cloud, lambdas: Any, make: Make) -> None:
    name = make("calls = []\ndef handler(event, context):\n    calls.append(1)\n    return len(calls)")

    warm = [call(lambdas, name) for _ in range(3)]
    cloud.pool.force_cold_start(name)

    assert (warm, call(lambdas, name)) == ([1, 2, 3], 1)


def test_an_event_invocation_answers_before_it_runs(cloud: Cloud, lambdas: Any, make: Make, tmp_path: Path) -> None:
    name = make(WAIT_FOR_GO.format(folder=tmp_path), Timeout=30)

    answer = lambdas.invoke(FunctionName=name, InvocationType="Event", Payload=b"5")
    (tmp_path / "go").touch()
    wait_until(lambda: (tmp_path / "done").exists() and (tmp_path / "done").read_text() == "5")

    assert answer["StatusCode"] == 202


def wait_until(condition: Callable[[], bool]) -> None:
    """Poll, for what another process does."""
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError("it did not happen within 10 s")


def test_a_layer_is_importable(lambdas: Any, make: Make, zipped: Callable[..., bytes]) -> None:
    layer = lambdas.publish_layer_version(LayerName="words", Content={"ZipFile": zipped(python__words="W = 'layered'")})

    name = make("import words\ndef handler(event, context): return words.W", Layers=[layer["LayerVersionArn"]])

    assert call(lambdas, name) == "layered"


def test_a_deleted_function_is_gone(lambdas: Any, make: Make) -> None:
    name = make(says("x"))
    call(lambdas, name)

    lambdas.delete_function(FunctionName=name)

    with pytest.raises(ClientError, match="Function not found"):
        call(lambdas, name)
