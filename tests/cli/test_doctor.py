"""`headgate doctor`: each check against a machine and an AWS of the test's own, and the command's exit code."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from headgate import spec
from headgate.cli import doctor_cloud, doctor_machine
from headgate.cli.deploy import CDK_VERSION
from headgate.cli.doctor_check import Check
from headgate.cli.doctor_cloud import Ground
from headgate.cli.doctor_machine import Machine

from .conftest import Headgate
from .documents import GATEWAY, TWO_MISTAKES, file, project

NOW = 1_763_700_000.0
ARN = "arn:aws:acm:us-east-1:111122223333:certificate/0f1e"
DOMAIN = f"domains: {{api: {{name: api.example.com, certificate: '{ARN}'}}}}"


def machine(**parts: Any) -> Machine:
    """One with a new Node, free ports and no local cloud."""
    versions: Mapping[str, str] = parts.pop("versions", {"node": "v24.1.0"})
    given: dict[str, Any] = {
        "version_of": lambda command: versions.get(command[0]),
        "is_free": lambda _: True,
        "node_folders": list,
        "running": lambda _: None,
        **parts,
    }
    return Machine(**given)


def refuse(code: str, message: str = "no") -> Callable[..., Any]:
    def call(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": message}}, "X")

    return call


class Service:
    """A boto3 client whose operations are functions or fixed answers."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        answer = self.answers[operation]
        return answer if callable(answer) else lambda **_: answer


def state(**more: Any) -> dict[str, Any]:
    newest = {"command": "promote", "releaseId": "r2", "by": "ada", "finished": True}
    return {"phase": "stable", "stable": {"releaseId": "r2"}, "canary": None, "history": [newest], **more}


def invoked(answer: Any, **more: Any) -> Callable[..., Any]:
    return lambda **_: {"Payload": io.BytesIO(json.dumps(answer).encode()), **more}


WELL: Mapping[str, Mapping[str, Any]] = {
    "sts": {"get_caller_identity": {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/ada"}},
    "ssm": {"get_parameter": {"Parameter": {"Value": "28"}}},
    "apigateway": {"get_account": {"cloudwatchRoleArn": "arn:aws:iam::111122223333:role/logs"}},
    "service-quotas": {
        "list_aws_default_service_quotas": {
            "Quotas": [
                {"QuotaName": "Resources per API", "Value": 300.0},
                {"QuotaName": "Stages per API", "Value": 10.0},
            ]
        },
        "list_service_quotas": {"Quotas": []},
    },
    "cloudformation": {
        "describe_stacks": {
            "Stacks": [
                {
                    "StackStatus": "UPDATE_COMPLETE",
                    "Outputs": [{"OutputKey": "ReleaseFunctionName", "OutputValue": "tickets-dev-release"}],
                }
            ]
        }
    },
    "lambda": {"invoke": invoked({"ok": True, "state": state()})},
    "acm": {
        "describe_certificate": {
            "Certificate": {
                "Status": "ISSUED",
                "DomainName": "*.example.com",
                "NotAfter": datetime.fromtimestamp(NOW + 90 * 86_400, UTC),
            }
        }
    },
}


def checks_listed(folder: Path, *, gateway: str = GATEWAY, is_local: bool = False, **aws: Any) -> list[Check]:
    """The cloud's checks; `lambda__invoke=...` replaces one operation. Whatever is not well has a fix."""
    project(folder, gateway=gateway)
    loaded, problems = spec.load_project(folder)
    assert loaded is not None, problems
    answers = {service: dict(operations) for service, operations in WELL.items()}
    for name, answer in aws.items():
        service, _, operation = name.partition("__")
        answers[service.replace("_", "-")][operation] = answer
    ground = Ground(loaded, "dev", is_local, lambda service, _: Service(answers[service]), NOW)
    found = list(doctor_cloud.cloud_checks(ground))
    assert all(check.fix for check in found if check.state in ("warn", "fail"))
    return found


def checks(folder: Path, **given: Any) -> dict[str, Check]:
    """The same by name."""
    return {check.name: check for check in checks_listed(folder, **given)}


def test_an_account_where_all_is_well(tmp_path: Path) -> None:
    assert {check.state for check in checks(tmp_path).values()} == {"ok"}


def test_without_credentials_nothing_else_is_asked(tmp_path: Path) -> None:
    def missing(**_: Any) -> Any:
        raise NoCredentialsError

    found = checks(tmp_path, sts__get_caller_identity=missing)

    assert [check.state for check in found.values()] == ["fail", "skipped"]
    assert "AWS_PROFILE" in found["credentials for dev"].fix


def test_credentials_of_another_account(tmp_path: Path) -> None:
    gateway = GATEWAY.replace("dev: {stages: {dev: {}}}", 'dev: {account: "999988887777", stages: {dev: {}}}')
    found = checks(tmp_path, gateway=gateway)["credentials for dev"]

    assert found.state == "fail"
    assert "999988887777" in found.fix


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"Parameter": {"Value": "5"}}, "fail"),
        (refuse("ParameterNotFound"), "fail"),
        (refuse("AccessDeniedException"), "skipped"),
    ],
)
def test_bootstrap(tmp_path: Path, answer: Any, state: str) -> None:
    found = checks(tmp_path, ssm__get_parameter=answer)["bootstrap for dev"]

    assert found.state == state
    assert ("cdk bootstrap" if state == "fail" else "ssm:GetParameter") in found.fix


@pytest.mark.parametrize(("setting", "state"), [("existing", "fail"), ("manage", "warn")])
def test_no_role_for_execution_logs(tmp_path: Path, setting: str, state: str) -> None:
    found = checks(tmp_path, gateway=f"{GATEWAY}account-logging: {setting}\n", apigateway__get_account={})

    assert found["account logging for dev"].state == state


def test_no_role_is_fine_where_nobody_logs(tmp_path: Path) -> None:
    gateway = GATEWAY.replace("{dev: {}}", "{dev: {logging: {level: off}}}")
    gateway = gateway.replace("level: off", 'level: "off"')

    assert checks(tmp_path, gateway=gateway, apigateway__get_account={})["account logging for dev"].state == "ok"


def test_a_quota_that_is_too_small(tmp_path: Path) -> None:
    small = {"Quotas": [{"QuotaName": "Resources per API", "Value": 2.0}]}
    found = [one for one in checks_listed(tmp_path, service_quotas__list_service_quotas=small) if "quotas" in one.name]

    assert [(check.state, check.wanted) for check in found] == [("fail", "at least 3"), ("ok", "at least 1")]


def test_quotas_that_may_not_be_read_are_not_checked(tmp_path: Path) -> None:
    found = checks(tmp_path, service_quotas__list_aws_default_service_quotas=refuse("AccessDeniedException"))

    assert found["quotas for dev"].state == "skipped"
    assert "not checked" in found["quotas for dev"].found


@pytest.mark.parametrize(
    ("status", "state", "fix"),
    [
        ("ROLLBACK_COMPLETE", "fail", "delete-stack --stack-name tickets-dev"),
        ("UPDATE_ROLLBACK_FAILED", "fail", "continue-update-rollback"),
        ("UPDATE_ROLLBACK_COMPLETE", "warn", "deploy again"),
        ("UPDATE_IN_PROGRESS", "warn", "wait"),
        ("CREATE_COMPLETE", "ok", ""),
    ],
)
def test_what_to_do_about_a_stack(tmp_path: Path, status: str, state: str, fix: str) -> None:
    stacks = {"Stacks": [{"StackStatus": status, "StackStatusReason": "because"}]}
    found = checks(tmp_path, cloudformation__describe_stacks=stacks)["stack tickets-dev"]

    assert (found.state, found.found) == (state, f"{status}: because")
    assert fix in found.fix


def test_a_stack_that_is_not_deployed(tmp_path: Path) -> None:
    found = checks(tmp_path, cloudformation__describe_stacks=refuse("ValidationError"))

    assert (found["stack tickets-dev"].state, found["stack tickets-dev"].fix) == ("skipped", "headgate deploy dev")
    assert found["release function of dev"].state == "skipped"


@pytest.mark.parametrize(
    ("more", "state_of_check", "says"),
    [
        ({"stable": {"releaseId": "r1"}}, "warn", "stable is release r1, promote left r2"),
        ({"history": []}, "ok", "no entry"),
        ({"history": [{"command": "set", "releaseId": "r3", "by": "ada", "finished": True}]}, "warn", "set left r3"),
        (
            {"history": [{"command": "promote", "releaseId": "r2", "by": "ada", "finished": False}]},
            "warn",
            "interrupted",
        ),
        (
            {
                "history": [{"command": "rollback", "releaseId": "r3", "by": "x", "finished": True}],
                "canary": {"releaseId": "r3"},
            },
            "warn",
            "rollback left none",
        ),
    ],
)
def test_where_a_stage_is_against_the_journal(tmp_path: Path, more: Any, state_of_check: str, says: str) -> None:
    found = checks(tmp_path, lambda__invoke=invoked({"ok": True, "state": state(**more)}))["stage dev"]

    assert found.state == state_of_check
    assert says in found.found


def test_a_release_function_that_fails(tmp_path: Path) -> None:
    broken = invoked({"errorType": "ImportError", "errorMessage": "x"}, FunctionError="Unhandled")
    found = checks(tmp_path, lambda__invoke=broken)["release function of dev"]

    assert (found.state, found.found) == ("fail", "tickets-dev-release: ImportError")
    assert "/aws/lambda/tickets-dev-release" in found.fix


def certified(folder: Path, **certificate: Any) -> Check:
    gateway = GATEWAY.replace("dev: {stages: {dev: {}}}", f"dev: {{stages: {{dev: {{}}}}, {DOMAIN}}}")
    told = {**WELL["acm"]["describe_certificate"]["Certificate"], **certificate}
    return checks(folder, gateway=gateway, acm__describe_certificate={"Certificate": told})[
        "certificate of api.example.com"
    ]


def test_a_certificate(tmp_path: Path) -> None:
    record = {"ResourceRecord": {"Name": "_x.example.com.", "Value": "_y.acm."}}

    assert certified(tmp_path / "a").state == "ok"
    assert certified(tmp_path / "b", DomainName="*.example.org").state == "fail"
    assert certified(tmp_path / "c", NotAfter=datetime.fromtimestamp(NOW + 86_400, UTC)).state == "warn"
    pending = certified(tmp_path / "d", Status="PENDING_VALIDATION", DomainValidationOptions=[record])
    assert (pending.state, pending.fix) == ("fail", "add the DNS record _x.example.com. CNAME _y.acm.")


def test_a_local_cloud_has_no_quotas_certificates_or_bootstrap(tmp_path: Path) -> None:
    found = checks(tmp_path, is_local=True, ssm__get_parameter=refuse("ParameterNotFound"))

    assert (found["quotas for dev"].state, found["bootstrap for dev"].state) == ("skipped", "skipped")


@pytest.mark.parametrize(
    ("versions", "folders", "state"),
    [
        ({"/wheel/node": "v24.1.0"}, ["/wheel"], "ok"),
        ({"node": "v20.0.0"}, [], "ok"),
        ({"node": "v12.22.9"}, ["/wheel"], "fail"),
        ({}, [], "fail"),
    ],
)
def test_node(versions: Mapping[str, str], folders: list[str], state: str) -> None:
    assert doctor_machine.node(machine(versions=versions, node_folders=lambda: folders)).state == state


@pytest.mark.parametrize(("version", "state"), [(CDK_VERSION, "ok"), ("2.1000.0", "warn"), ("3.0.1", "fail")])
def test_the_cdk_cli(tmp_path: Path, version: str, state: str) -> None:
    assert doctor_machine.cdk(tmp_path).state == "ok"  # the first deploy installs it
    file(tmp_path / "node_modules" / ".bin" / "cdk", "")
    file(tmp_path / "node_modules" / "aws-cdk" / "package.json", json.dumps({"engines": {}, "version": version}))

    assert doctor_machine.cdk(tmp_path).state == state


def test_ports_in_use(tmp_path: Path) -> None:
    busy = machine(is_free=lambda port: port != 4566)
    file(
        tmp_path / ".headgate" / "up.json",
        json.dumps({"endpoint": "http://localhost:4566", "url": "http://localhost:8080"}),
    )
    ours = replace(busy, running=lambda _: "http://localhost:4566")

    assert doctor_machine.ports(busy, tmp_path).state == "warn"
    assert doctor_machine.ports(ours, tmp_path).state == "ok"
    assert doctor_machine.local_cloud(busy, tmp_path).state == "warn"
    assert doctor_machine.local_cloud(ours, tmp_path).state == "ok"


def test_documents_with_mistakes_fail(tmp_path: Path) -> None:
    project(tmp_path, document=TWO_MISTAKES)
    found = {check.name: check for check in doctor_machine.project_checks(tmp_path, "dev")[1]}

    assert (found["gateway.yaml"].state, found["documents for dev"].state) == ("ok", "fail")
    assert "openapi/tickets.yaml:" in found["documents for dev"].found


def test_the_command_fails_and_says_how_to_mend(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("doctor", "dev", "--aws", "--json")
    failed = [line for line in done.lines if line.get("state") == "fail"]

    assert done.code == 1
    assert [check["name"] for check in failed] == ["credentials for dev"]
    assert "no credentials" in failed[0]["found"]


def test_an_unknown_environment_names_the_known_ones(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("doctor", "prod", "--aws")

    assert done.code == 1
    assert "no environment 'prod'" in done.out
    assert "dev, live" in done.out


def test_a_folder_without_project(headgate: Headgate, tmp_path: Path) -> None:
    done = headgate("doctor")

    assert done.code == 1
    assert f"{tmp_path} has none" in done.out
