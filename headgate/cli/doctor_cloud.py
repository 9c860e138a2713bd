"""What `headgate doctor` asks the cloud about one environment. Reads only."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from headgate import spec

from .doctor_check import Check, NotToBeHad, asked, not_checked

BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"
BOOTSTRAP_WANTED = 6  # what the rule CheckBootstrapVersion of synthesized templates asks for
SOON_DAYS = 30

# What to do about a stack in a state that is not well; states that end in _IN_PROGRESS are told apart by that.
STACK_FIXES: Mapping[str, str] = {
    "CREATE_FAILED": "aws cloudformation delete-stack --stack-name {stack}, then headgate deploy {environment}",
    "ROLLBACK_COMPLETE": "its creation failed, it can only be deleted: aws cloudformation delete-stack --stack-name {stack}, "
    "then headgate deploy {environment}",
    "ROLLBACK_FAILED": "aws cloudformation delete-stack --stack-name {stack}; see its events for what could not be deleted",
    "DELETE_FAILED": "empty what its events name, then aws cloudformation delete-stack --stack-name {stack}",
    "UPDATE_FAILED": "aws cloudformation rollback-stack --stack-name {stack}",
    "UPDATE_ROLLBACK_FAILED": "aws cloudformation continue-update-rollback --stack-name {stack}; "
    "--resources-to-skip for what its events say cannot be undone",
}
HARMLESS: Mapping[str, str] = {
    "UPDATE_ROLLBACK_COMPLETE": "the last deploy was undone, the one before serves: see the stack's events, mend, deploy again",
    "IMPORT_ROLLBACK_COMPLETE": "an import was undone; see the stack's events",
    "REVIEW_IN_PROGRESS": "a change set waits and nothing is deployed: headgate deploy {environment}",
}
# Quota names of Service Quotas with what this project needs of them.
QUOTAS = ("Resources per API", "Stages per API")


@dataclass(frozen=True)
class Ground:
    """One environment, and the cloud it is on. `client(service, region)` makes boto3 clients; `now` is epoch seconds."""

    project: spec.Project
    environment: str
    is_local: bool
    client: Callable[[str, str], Any]
    now: float

    @property
    def stack(self) -> str:
        return f"{self.project.name}-{self.environment}"

    @property
    def region(self) -> str:
        return self.project.environments[self.environment].region

    def ask(self, service: str, operation: str, region: str = "", **arguments: Any) -> Any:
        """What an operation answers. Raises NotToBeHad."""
        return asked(lambda: getattr(self.client(service, region or self.region), operation)(**arguments))


def cloud_checks(ground: Ground) -> Iterator[Check]:
    """All of them, in the order in which things must be right."""
    identity = credentials(ground)
    yield identity
    if identity.state == "fail":
        wanted = "an answer of the cloud"
        yield Check(
            f"cloud of {ground.environment}", "skipped", "not checked without credentials", wanted, identity.fix
        )
        return
    yield bootstrap(ground)
    yield account_logging(ground)
    yield from quotas(ground)
    found, outputs = stack(ground)
    yield found
    yield from stages(ground, outputs)
    yield from domains(ground)


def credentials(ground: Ground) -> Check:
    """Who we are, and where."""
    name = f"credentials for {ground.environment}"
    account = ground.project.environments[ground.environment].account
    wanted = f"account {account or 'of your choice'}, region {ground.region}"
    try:
        told = ground.ask("sts", "get_caller_identity")
    except NotToBeHad as problem:
        fix = "start `headgate up`" if ground.is_local else "aws sso login, or set AWS_PROFILE or AWS_ACCESS_KEY_ID"
        return Check(name, "fail", f"AWS does not say who you are: {problem}", wanted, fix)
    found = f"{told['Arn']} in {ground.region}"
    if account and str(told["Account"]) != account and not ground.is_local:
        fix = f"use credentials of account {account}, or correct environments.{ground.environment}.account in gateway.yaml"
        return Check(name, "fail", found, wanted, fix)
    return Check(name, "ok", found, wanted)


def bootstrap(ground: Ground) -> Check:
    """What `cdk deploy` needs in the account."""
    name, wanted = f"bootstrap for {ground.environment}", f"CDK bootstrap version {BOOTSTRAP_WANTED} or newer"
    fix = f"cdk bootstrap aws://ACCOUNT/{ground.region}"
    try:
        version = ground.ask("ssm", "get_parameter", Name=BOOTSTRAP)["Parameter"]["Value"]
    except NotToBeHad as problem:
        if problem.code != "ParameterNotFound":
            return not_checked(name, problem, "ssm:GetParameter")
        if ground.is_local:
            return Check(name, "skipped", "none; the first `headgate deploy` to a local cloud makes it", wanted)
        return Check(name, "fail", f"{ground.region} is not bootstrapped", wanted, fix)
    if not str(version).isdigit() or int(version) < BOOTSTRAP_WANTED:
        return Check(name, "fail", f"version {version}", wanted, fix)
    return Check(name, "ok", f"version {version}", wanted)


def account_logging(ground: Ground) -> Check:
    """API Gateway's CloudWatch role, one per account and Region, against `account-logging` of gateway.yaml."""
    name, setting = f"account logging for {ground.environment}", ground.project.account_logging
    wanted = "a CloudWatch role on API Gateway's account settings, for execution logs"
    try:
        role = ground.ask("apigateway", "get_account").get("cloudwatchRoleArn")
    except NotToBeHad as problem:
        return not_checked(name, problem, "apigateway:GET on /account")
    if role:
        return Check(name, "ok", f"{role} (account-logging: {setting})", wanted)
    levels = {
        name: stage.logging.level for name, stage in ground.project.environments[ground.environment].stages.items()
    }
    logging = [stage for stage, level in levels.items() if level != "off"]
    if setting == "manage":
        return Check(name, "warn", "none yet; the stack sets it", wanted, f"headgate deploy {ground.environment}")
    if not logging:
        return Check(name, "ok", "none, and no stage writes execution logs", wanted)
    fix = "account-logging: manage in gateway.yaml, unless another stack sets the role of this account and Region; or level: off"
    if ground.is_local:
        return Check(name, "skipped", "none; a local cloud writes execution logs without one", wanted)
    found = f"none, and {', '.join(logging)} {'writes' if len(logging) == 1 else 'write'} execution logs"
    return Check(name, "fail", found, wanted, fix)


def quotas(ground: Ground) -> Iterator[Check]:
    """Quotas that this project may reach (FACTS 10.2), as Service Quotas has them for this account."""
    name = f"quotas for {ground.environment}"
    if ground.is_local:
        yield Check(name, "skipped", "a local cloud has none")
        return
    needed = dict(zip(QUOTAS, needs(ground), strict=True))
    try:
        listed = applied_quotas(ground)
    except NotToBeHad as problem:
        yield not_checked(name, problem, "servicequotas:ListServiceQuotas")
        return
    for quota, need in needed.items():
        if quota not in listed:
            yield Check(name, "skipped", f"not checked: Service Quotas lists no {quota!r}", f"{need} needed")
        elif listed[quota] < need:
            fix = f"ask for more: Service Quotas, Amazon API Gateway, {quota}"
            yield Check(name, "fail", f"{quota}: {listed[quota]:g}", f"at least {need}", fix)
        else:
            yield Check(name, "ok", f"{quota}: {listed[quota]:g}", f"at least {need}")


def applied_quotas(ground: Ground) -> dict[str, float]:
    """Values by name: AWS's defaults, and over them what this account has."""
    values: dict[str, float] = {}
    for operation in ("list_aws_default_service_quotas", "list_service_quotas"):
        more: dict[str, str] = {}
        while True:
            page = ground.ask("service-quotas", operation, ServiceCode="apigateway", **more)
            values |= {one["QuotaName"]: float(one["Value"]) for one in page.get("Quotas", [])}
            if not page.get("NextToken"):
                break
            more = {"NextToken": page["NextToken"]}
    return values


def needs(ground: Ground) -> tuple[int, int]:
    """Resources of the largest API, every node of the path tree; stages, previews included."""
    compiled, _ = spec.compile_project(ground.project, spec.Target(environment=ground.environment))
    trees = [set(_nodes(api.wire.get("paths", {}))) for api in (compiled.apis if compiled else ())]
    stages = ground.project.environments[ground.environment].stages.values()
    previews = any(stage.canary is not None and stage.canary.smoke for stage in stages)
    return max((len(tree) for tree in trees), default=0), len(stages) + int(previews)


def _nodes(paths: Mapping[str, Any]) -> Iterator[str]:
    yield "/"
    for path in paths:
        parts = [part for part in path.split("/") if part]
        yield from ("/" + "/".join(parts[: length + 1]) for length in range(len(parts)))


def stack(ground: Ground) -> tuple[Check, Mapping[str, str]]:
    """The state of the environment's stack, and its outputs."""
    name, wanted = f"stack {ground.stack}", "CREATE_COMPLETE or UPDATE_COMPLETE"
    try:
        told = ground.ask("cloudformation", "describe_stacks", StackName=ground.stack)["Stacks"][0]
    except NotToBeHad as problem:
        if problem.code == "ValidationError":  # CloudFormation's word for: there is none
            fix = f"headgate deploy {ground.environment}"
            return Check(name, "skipped", "not deployed", wanted, fix), {}
        return not_checked(name, problem, "cloudformation:DescribeStacks"), {}
    status = str(told["StackStatus"])
    outputs = {one["OutputKey"]: one["OutputValue"] for one in told.get("Outputs", [])}
    return stack_check(name, status, told.get("StackStatusReason", ""), ground), outputs


def stack_check(name: str, status: str, reason: str, ground: Ground) -> Check:
    """What a stack's state means and what to do about it."""
    wanted = "CREATE_COMPLETE or UPDATE_COMPLETE"
    found = f"{status}: {reason}" if reason else status
    place = {"stack": ground.stack, "environment": ground.environment}
    if status in STACK_FIXES:
        return Check(name, "fail", found, wanted, STACK_FIXES[status].format(**place))
    if status in HARMLESS:
        return Check(name, "warn", found, wanted, HARMLESS[status].format(**place))
    if status.endswith("_IN_PROGRESS"):
        return Check(name, "warn", found, wanted, "wait until CloudFormation is done, then ask again")
    return Check(name, "ok", found, wanted)


def stages(ground: Ground, outputs: Mapping[str, str]) -> Iterator[Check]:
    """The release function answers, and every stage is where the journal says."""
    name = f"release function of {ground.environment}"
    function = outputs.get("ReleaseFunctionName")
    if not function:
        yield Check(name, "skipped", "not checked: no stack, or one without a release function")
        return
    for number, stage in enumerate(ground.project.environments[ground.environment].stages):
        try:
            answer = ask_release_function(ground, function, stage)
        except NotToBeHad as problem:
            if problem.is_denied:
                yield not_checked(name, problem, f"lambda:InvokeFunction on {function}")
            else:
                fix = f"see the log group /aws/lambda/{function}; headgate deploy {ground.environment} puts it back"
                yield Check(name, "fail", f"{function}: {problem}", "an answer to status", fix)
            return
        if number == 0:
            yield Check(name, "ok", f"{function} answers", "an answer to status")
        yield stage_check(stage, answer)


def ask_release_function(ground: Ground, function: str, stage: str) -> Mapping[str, Any]:
    """Its answer to `status`. Raises NotToBeHad, also when the function itself failed."""
    payload = json.dumps({"command": "status", "stage": stage}).encode()
    told = ground.ask("lambda", "invoke", FunctionName=function, Payload=payload)
    answer: dict[str, Any] = json.loads(told["Payload"].read() or b"null") or {}
    if told.get("FunctionError"):
        raise NotToBeHad("FunctionError", str(answer.get("errorType") or "it failed"))
    return answer


def stage_check(stage: str, answer: Mapping[str, Any]) -> Check:
    """Whether API Gateway's pointers are where the newest entry of the journal left them."""
    name, wanted = f"stage {stage}", "where the journal's newest entry left it"
    if not answer.get("ok"):
        refusal = answer.get("error") or {}
        return Check(name, "fail", str(refusal.get("message", "no answer")), wanted, str(refusal.get("fix", "")))
    state = answer.get("state") or {}
    newest = next(iter(state.get("history") or []), None)
    if newest is None:
        return Check(name, "ok", f"{state.get('phase')}; the journal has no entry yet", wanted)
    if not newest.get("finished"):
        fix = f"repeat headgate canary {newest['command']} {stage}, or headgate canary rollback {stage}"
        return Check(name, "warn", f"{newest['command']} by {newest['by']} was interrupted", wanted, fix)
    drift = drifted(state, newest)
    if drift is None:
        return Check(name, "ok", f"{state.get('phase')}, as {newest['command']} by {newest['by']} left it", wanted)
    fix = (
        f"somebody moved the stage elsewhere: look with headgate canary status {stage}, then promote, rollback or undo"
    )
    return Check(name, "warn", drift, wanted, fix)


def drifted(state: Mapping[str, Any], newest: Mapping[str, Any]) -> str | None:
    """How the live pointers differ from what an entry must have left; None when they do not."""
    stable = (state.get("stable") or {}).get("releaseId")
    canary = (state.get("canary") or {}).get("releaseId")
    verb, release = newest["command"], newest.get("releaseId")
    short = {
        which: str(value or "none")[:12]
        for which, value in (("stable", stable), ("canary", canary), ("entry", release))
    }
    if verb in ("promote", "move") and release and stable != release:
        return f"stable is release {short['stable']}, {verb} left {short['entry']}"
    if verb in ("start", "set", "pause") and release and canary != release:
        return f"the canary is {short['canary']}, {verb} left {short['entry']}"
    if verb == "rollback" and canary is not None:
        return f"the canary is {short['canary']}, rollback left none"
    return None


def domains(ground: Ground) -> Iterator[Check]:
    """The certificate of every custom domain."""
    place = ground.project.environments[ground.environment]
    for domain in (domain for listed in place.domains.values() for domain in listed):
        name = f"certificate of {domain.name}"
        if ground.is_local:
            yield Check(name, "skipped", "a local cloud has no certificates")
            continue
        region = domain.certificate.split(":")[3]
        try:
            told = ground.ask("acm", "describe_certificate", region, CertificateArn=domain.certificate)["Certificate"]
        except NotToBeHad as problem:
            if problem.code != "ResourceNotFoundException":
                yield not_checked(name, problem, "acm:DescribeCertificate")
                continue
            fix = f"request one in {region} and put its ARN into environments.{ground.environment}.domains"
            yield Check(name, "fail", f"{domain.certificate} does not exist", "a certificate that is ISSUED", fix)
        else:
            yield certificate(name, domain.name, told, ground.now)


def certificate(name: str, host: str, told: Mapping[str, Any], now: float) -> Check:
    """Whether a certificate is issued, is for the name, and lasts."""
    wanted = f"ISSUED, for {host}, for {SOON_DAYS} days or more"
    status = str(told.get("Status"))
    if status == "PENDING_VALIDATION":
        records = [one.get("ResourceRecord") or {} for one in told.get("DomainValidationOptions", [])]
        shown = ", ".join(f"{one['Name']} CNAME {one['Value']}" for one in records if one)
        return Check(name, "fail", status, wanted, f"add the DNS record {shown or 'that ACM shows'}")
    if status != "ISSUED":
        return Check(name, "fail", status, wanted, "request a new certificate and put its ARN into gateway.yaml")
    names = [str(told.get("DomainName", "")), *told.get("SubjectAlternativeNames", [])]
    if not any(covers(one, host) for one in names):
        return Check(
            name, "fail", f"it is for {', '.join(sorted(set(names)))}", wanted, f"request one that names {host}"
        )
    ends = told.get("NotAfter")
    left = (ends.timestamp() - now) / 86_400 if isinstance(ends, datetime) else None
    if left is not None and left < SOON_DAYS:
        until = f"{datetime.fromtimestamp(now + left * 86_400, UTC):%Y-%m-%d}"
        fix = "keep its DNS record for the renewal, or import a new one"
        return Check(name, "warn", f"ISSUED until {until}", wanted, fix)
    return Check(name, "ok", status, wanted)


def covers(pattern: str, host: str) -> bool:
    """
    >>> covers("*.example.com", "api.example.com"), covers("*.example.com", "a.b.example.com")
    (True, False)
    """
    if pattern.startswith("*."):
        return host.partition(".")[2] == pattern[2:]
    return pattern == host
