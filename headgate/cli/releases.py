"""Finding a stage's release function and talking to it: the only way in which the command line changes a stage."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from headgate import spec

from .output import CommandError
from .target import Cloud, choose


@dataclass(frozen=True)
class StageAddress:
    """A stage of the project: its stack, and the cloud it is on."""

    stage: str
    environment: str
    stack: str
    cloud: Cloud


def load(folder: Path) -> spec.Project:
    """The project in a folder.

    Raises:
        CommandError: there is none, or its gateway.yaml has errors.
    """
    must_be_project(folder)
    project, problems = spec.load_project(folder.absolute())
    if project is None:
        raise CommandError(f"{folder / 'gateway.yaml'} cannot be used", "mend what is named above", problems=problems)
    return project


def must_be_project(folder: Path) -> None:
    """Tell somebody in the wrong folder that it is the wrong one.

    Raises:
        CommandError: the folder has no gateway.yaml.
    """
    if not (folder / "gateway.yaml").is_file():
        fix = "give --project DIR, or make a project: headgate init --from openapi.yaml"
        raise CommandError(f"{folder.resolve()} has no gateway.yaml", fix)


def find(folder: Path, stage: str, *, endpoint_url: str | None = None, aws: bool = False) -> StageAddress:
    """Where a stage of the project is.

    Raises:
        CommandError: no environment of the project has such a stage.
    """
    project = load(folder)
    known: list[str] = []
    for name, environment in project.environments.items():
        known += list(environment.stages)
        if stage in environment.stages:
            cloud = choose(folder, environment.region, endpoint_url=endpoint_url, aws=aws)
            return StageAddress(stage, name, f"{project.name}-{name}", cloud)
    raise CommandError(f"the project has no stage {stage!r}", f"its stages are {', '.join(known)}")


def outputs(address: StageAddress) -> Mapping[str, str]:
    """The outputs of the stage's stack.

    Raises:
        CommandError: the cloud cannot be reached, or the stack is not deployed.
    """
    try:
        stacks = address.cloud.client("cloudformation").describe_stacks(StackName=address.stack)["Stacks"]
    except ClientError as error:
        raise CommandError(
            f"the stack {address.stack} is not to be had: {error.response['Error'].get('Message', error)}",
            f"deploy it first: headgate deploy {address.environment}",
        ) from error
    except BotoCoreError as error:
        where = address.cloud.endpoint_url or "AWS"
        raise CommandError(
            f"{where} does not answer: {error}", "start `headgate up`, or give --endpoint-url"
        ) from error
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}


def send(address: StageAddress, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Invoke the release function; its answer is `{"ok": true, "state": …, "operations": […], "message": …}`.

    Raises:
        CommandError: the function refused the command, or failed.
    """
    function = outputs(address).get("ReleaseFunctionName")
    if not function:
        raise CommandError(
            f"the stack {address.stack} has no release function", "deploy it with this version of Headgate"
        )
    try:
        answer = address.cloud.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload).encode())
    except (ClientError, BotoCoreError) as error:
        raise CommandError(
            f"the release function cannot be invoked: {error}", "you need lambda:InvokeFunction on it"
        ) from error
    result: dict[str, Any] = json.loads(answer["Payload"].read() or b"null") or {}
    if answer.get("FunctionError"):
        raise CommandError(f"the release function failed: {result.get('errorMessage', result)}", "see its log group")
    if not result.get("ok"):
        refusal = result.get("error") or {}
        raise CommandError(str(refusal.get("message", "the command was refused")), str(refusal.get("fix", "")))
    return result
