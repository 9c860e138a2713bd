"""Direct invocations: what the command line, an operator or the automation asks for, and the answer they get.

{"command": "set", "stage": "prod", "percent": 25.0, "dryRun": false}
-> {"ok": true, "state": {...}, "operations": [...], "message": "the canary of stage prod takes 25 %", "dryRun": false}
-> {"ok": false, "error": {"code": "no-canary", "message": ..., "fix": ...}}
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .autopilot import Autopilot, seen_json
from .canary import Command, Plan, Refusal, Stage, Verb
from .history import Entry
from .journal import LeaseHeldError
from .releases import Order, Outcome, RefusedError, Releases
from .stages import StageMovedError, StageNotFoundError

STATUS, APPROVE, RESUME = "status", "approve", "resume"
# What can be asked for directly; `move` belongs to deploys.
COMMANDS = (STATUS, APPROVE, RESUME, *(verb.value for verb in Verb if verb is not Verb.MOVE))
LOOKS = (STATUS, APPROVE, RESUME)
HISTORY_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Request:
    """A direct invocation. `release` and `source` (a stage) say what to start; without them it is what the last deploy wanted."""

    command: str
    stage: str
    percent: float | None = None
    dry_run: bool = False
    release: str | None = None
    source: str | None = None
    by: str = "operator"


def read_request(event: Mapping[str, Any]) -> Request:
    """The request of an event. Raises RefusedError naming everything that is wrong with it."""
    command, stage, percent = event.get("command"), event.get("stage"), event.get("percent")
    problems = []
    if command not in COMMANDS:
        problems.append(f"command is {command!r}, wanted one of {', '.join(COMMANDS)}")
    if not isinstance(stage, str) or not stage:
        problems.append(f"stage is {stage!r}, wanted a stage's name")
    if percent is not None and (isinstance(percent, bool) or not isinstance(percent, int | float)):
        problems.append(f"percent is {percent!r}, wanted a number from 0 to 100")
    if problems:
        raise RefusedError(Refusal("bad-request", "; ".join(problems), "see headgate canary --help"))
    return Request(
        command=str(command),
        stage=str(stage),
        percent=None if percent is None else float(percent),
        dry_run=bool(event.get("dryRun")),
        release=event.get("release"),
        source=event.get("from"),
        by=str(event.get("by") or "operator"),
    )


def answer(event: Mapping[str, Any], autopilot: Autopilot, owner: str) -> dict[str, Any]:
    """The answer to a direct invocation; whatever is refused comes back as an error with its fix."""
    try:
        request = read_request(event)
        outcome = _look(request, autopilot) if request.command in LOOKS else _run(request, autopilot, owner)
        return _shown(outcome, request, autopilot)
    except RefusedError as error:
        return _failed(error.refusal)
    except LeaseHeldError as error:
        return _failed(Refusal("busy", str(error), "try again in a minute"))
    except StageNotFoundError as error:
        return _failed(Refusal("no-stage", str(error), "deploy its environment first"))
    except StageMovedError as error:
        return _failed(Refusal("moved", str(error), "look at headgate canary status, then try again"))


def _look(request: Request, autopilot: Autopilot) -> Outcome:
    """What moves no pointer."""
    releases, message = autopilot.releases, ""
    stage = releases.stages.read(tuple(releases.apis.values()), request.stage)
    if request.command == APPROVE and not request.dry_run:
        message = autopilot.approve(request.stage, request.by)
    if request.command == RESUME and not request.dry_run:
        message = autopilot.resume(request.stage)
    return Outcome(Plan((), message), stage, stage)


def _run(request: Request, autopilot: Autopilot, owner: str) -> Outcome:
    releases = autopilot.releases
    apis = tuple(releases.apis.values())
    verb = Verb(request.command)
    command = Command(verb, percent=request.percent)
    release = None
    if verb is Verb.START:
        release = request.release or _release_to_start(request, releases, apis)
        command = Command(verb, percent=request.percent, targets=releases.targets(apis, release))
    order = Order(
        apis=apis,
        stage=request.stage,
        verb=verb.value,
        release=release,
        decide=releases.decision(request.stage, command),
        by=request.by,
        owner=owner,
    )
    if request.dry_run:
        return releases.preview(order)
    outcome = releases.carry_out(order)
    releases.remember(verb, outcome, by=request.by)
    if verb is Verb.START:
        autopilot.engage(request.stage)
    return outcome


def _release_to_start(request: Request, releases: Releases, apis: tuple[str, ...]) -> str:
    """What another stage has (its canary before its stable release), or what the last deploy wanted."""
    if request.source:
        other = releases.stages.read(apis, request.source)
        snapshot = other.candidate.snapshot if other.candidate else other.stable
        if snapshot.release:
            return snapshot.release
        raise RefusedError(
            Refusal("no-release", f"stage {request.source} serves no release of ours", "deploy it first")
        )
    wanted = releases.journal.wanted(request.stage)
    if wanted is None:
        message = f"the journal does not know what was last deployed to stage {request.stage}"
        raise RefusedError(Refusal("no-release", message, "name it: --release ID, or --from STAGE"))
    return wanted


def _shown(outcome: Outcome, request: Request, autopilot: Autopilot) -> dict[str, Any]:
    operations = [
        {"restApiId": call.api, "stageName": call.stage, **operation.to_json()}
        for call in outcome.plan.calls
        for operation in call.operations
    ]
    result: dict[str, Any] = {
        "ok": True,
        "state": state_json(outcome.stage, autopilot),
        "operations": operations,
        "message": outcome.plan.message,
        "dryRun": request.dry_run,
    }
    if request.dry_run:
        result["commands"] = equivalent_commands(outcome.plan)
    return result


def state_json(stage: Stage, autopilot: Autopilot) -> dict[str, Any]:
    """A stage for people and `--json`: both pointers, where it is, what happened, what was rejected."""
    releases, candidate, seen = autopilot.releases, stage.candidate, autopilot.seen(stage)
    canaries = [pointer.canary for pointer in stage.pointers if pointer.canary]
    history: list[Entry] = releases.journal.history(stage.name, HISTORY_SHOWN)
    return {
        "stage": stage.name,
        "phase": stage.phase.value,
        "stable": {
            "releaseId": stage.stable.release,
            "deployments": [pointer.stable.deployment for pointer in stage.pointers],
        },
        "canary": candidate
        and {
            "releaseId": candidate.snapshot.release,
            "percent": candidate.percent,
            "deployments": [canary.snapshot.deployment for canary in canaries],
        },
        "restApis": [pointer.api for pointer in stage.pointers],
        "history": [entry.to_json() for entry in history],
        "strategy": autopilot.strategies.get(stage.name),
        "approved": releases.journal.approved(stage.name),
        **(seen_json(seen) if seen else {}),
        "rejected": sorted(releases.journal.rejected(stage.name)),
    }


def equivalent_commands(plan: Plan) -> list[str]:
    """The same calls for the AWS CLI, for the day our function is not there."""
    return [
        f"aws apigateway update-stage --rest-api-id {call.api} --stage-name {call.stage} --patch-operations "
        + shlex.quote(json.dumps([operation.to_json() for operation in call.operations]))
        for call in plan.calls
    ]


def _failed(refusal: Refusal) -> dict[str, Any]:
    return {"ok": False, "error": {"code": refusal.code, "message": refusal.message, "fix": refusal.fix}}
