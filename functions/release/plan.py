"""What each verb does to a stage: state and command in, patch operations or a refusal out. Pure.

    plan(stage, Command(Verb.PROMOTE))          -> Plan(calls=(Call(... copy, copy, replace), Call(... remove)), ...)
    plan(stage, Command(Verb.SET, percent=25))  -> Refusal("no-canary", ...)

A verb writes in rounds over the list of APIs, and every round can be repeated: after a crash between two elements the same verb
finishes what it began. The operations are those of UpdateStage as recorded on AWS (FACTS 5.6 to 5.9).
"""

from collections.abc import Callable, Mapping

from .canary import (
    CANARY,
    CANARY_CACHE,
    CANARY_DEPLOYMENT,
    CANARY_OVERRIDES,
    CANARY_PERCENT,
    DEPLOYMENT,
    VARIABLES,
    Call,
    Command,
    Operation,
    Phase,
    Plan,
    Pointer,
    Refusal,
    Snapshot,
    Stage,
    Verb,
    applied,
    is_promoted,
)

Steps = tuple[tuple[Operation, ...], ...]
Transition = Callable[[Stage, Command], Plan | Refusal]


def plan(stage: Stage, command: Command) -> Plan | Refusal:
    """What a command does to a stage. A pair that TRANSITIONS does not have is a refusal naming both."""
    transition = TRANSITIONS.get((stage.phase, command.verb))
    if transition is not None:
        return transition(stage, command)
    code, fix = WAYS_ON[stage.phase]
    return Refusal(code, f"stage {stage.name} is {stage.phase}: it cannot {command.verb}", fix)


def start(stage: Stage, command: Command) -> Plan | Refusal:
    """Let a release in as canary. Deployment and percent go in one call: a percent alone would make a canary of the stable one."""
    percent = command.percent
    if percent is None or not 0 <= percent <= 100:
        return _bad_percent(percent)
    missing = [pointer.api for pointer in stage.pointers if pointer.api not in command.targets]
    if missing:
        return Refusal("not-published", f"the release has no deployment of API {', '.join(missing)}", "deploy it first")
    if all(p.canary is None and p.stable.deployment == command.targets[p.api].deployment for p in stage.pointers):
        return nothing(stage, command)
    return _rounds(
        stage,
        lambda pointer: _start_one(pointer, command.targets[pointer.api], percent),
        f"release {_release(command.targets)} takes {percent:g} % of stage {stage.name}",
    )


def adjust(stage: Stage, command: Command) -> Plan | Refusal:
    """Change the canary's share."""
    percent = command.percent
    if percent is None or not 0 <= percent <= 100:
        return _bad_percent(percent)
    return _rounds(
        stage, lambda pointer: _percent_one(pointer, percent), f"the canary of stage {stage.name} takes {percent:g} %"
    )


def pause(stage: Stage, _command: Command) -> Plan:
    """Give the canary nothing but keep it; the fastest stop."""
    return _rounds(stage, lambda pointer: _percent_one(pointer, 0.0), f"the canary of stage {stage.name} is paused")


def promote(stage: Stage, _command: Command) -> Plan:
    """Copy the canary's pointer over the stable one, then remove the canary in a second call, or the next release is blocked."""
    candidate = stage.candidate
    release = candidate.snapshot.identity if candidate else stage.stable.identity
    return _rounds(stage, _promote_one, f"release {release} takes all of stage {stage.name}")


def rollback(stage: Stage, _command: Command) -> Plan:
    """Remove the canary; the stable pointer never moved."""
    return _rounds(
        stage, lambda pointer: (REMOVE,) if pointer.canary else (), f"stage {stage.name} is back on its stable release"
    )


def unpromote(stage: Stage, command: Command) -> Plan | Refusal:
    """Roll back half a promotion: put back what each API served before."""
    promoted = [pointer for pointer in stage.pointers if is_promoted(pointer, _candidates(stage))]
    if len(promoted) == len(stage.pointers) and not command.previous:
        return rollback(stage, command)  # a canary of what is stable everywhere splits nothing
    if any(pointer.api not in command.previous for pointer in promoted):
        return Refusal(
            "half-promoted",
            f"stage {stage.name} is half promoted, and the journal does not say what it served before",
            "promote again to finish, then undo",
        )
    return _rounds(
        stage,
        lambda pointer: _move_one(pointer, command.previous.get(pointer.api, pointer.stable)),
        f"stage {stage.name} is back on its stable release",
    )


def undo(stage: Stage, command: Command) -> Plan | Refusal:
    """After a promotion: serve what was stable before it."""
    missing = [pointer.api for pointer in stage.pointers if pointer.api not in command.previous]
    if missing:
        return Refusal(
            "nothing-to-undo",
            f"the journal knows no earlier release of stage {stage.name}",
            "start an earlier release by its id",
        )
    message = f"stage {stage.name} is back on release {_release(command.previous)}"
    return _rounds(stage, lambda pointer: _move_one(pointer, command.previous[pointer.api]), message)


def move(stage: Stage, command: Command) -> Plan | Refusal:
    """All traffic at once; a canary leaves first, since AWS binds no other deployment beside one (F6)."""
    missing = [pointer.api for pointer in stage.pointers if pointer.api not in command.targets]
    if missing:
        return Refusal("not-published", f"the release has no deployment of API {', '.join(missing)}", "deploy it first")
    message = f"release {_release(command.targets)} takes all of stage {stage.name}"
    return _rounds(stage, lambda pointer: _move_one(pointer, command.targets[pointer.api]), message)


def nothing(stage: Stage, _command: Command) -> Plan:
    """It is so already."""
    return Plan((), f"nothing to do: release {stage.stable.identity} serves all of stage {stage.name} already")


# Every pair that is allowed; an absent one is a refusal.
TRANSITIONS: Mapping[tuple[Phase, Verb], Transition] = {
    (Phase.STABLE, Verb.START): start,
    (Phase.CANARY, Verb.START): start,
    (Phase.PAUSED, Verb.START): start,
    (Phase.STARTING, Verb.START): start,
    (Phase.SUPERSEDING, Verb.START): start,
    (Phase.MOVING, Verb.START): start,
    (Phase.CANARY, Verb.SET): adjust,
    (Phase.PAUSED, Verb.SET): adjust,
    (Phase.CANARY, Verb.PAUSE): pause,
    (Phase.PAUSED, Verb.PAUSE): pause,
    (Phase.STARTING, Verb.PAUSE): pause,
    (Phase.SUPERSEDING, Verb.PAUSE): pause,
    (Phase.PROMOTING, Verb.PAUSE): pause,
    (Phase.STABLE, Verb.PROMOTE): nothing,
    (Phase.CANARY, Verb.PROMOTE): promote,
    (Phase.PAUSED, Verb.PROMOTE): promote,
    (Phase.PROMOTING, Verb.PROMOTE): promote,
    (Phase.STABLE, Verb.ROLLBACK): nothing,
    (Phase.CANARY, Verb.ROLLBACK): rollback,
    (Phase.PAUSED, Verb.ROLLBACK): rollback,
    (Phase.STARTING, Verb.ROLLBACK): rollback,
    (Phase.SUPERSEDING, Verb.ROLLBACK): rollback,
    (Phase.PROMOTING, Verb.ROLLBACK): unpromote,
    (Phase.STABLE, Verb.UNDO): undo,
    (Phase.MOVING, Verb.UNDO): undo,
    **{(phase, Verb.MOVE): move for phase in Phase},
}

# What a refusal says: its code and the way on from the phase.
WAYS_ON: Mapping[Phase, tuple[str, str]] = {
    Phase.STABLE: ("no-canary", "start one: headgate canary start STAGE PERCENT"),
    Phase.CANARY: ("canary-in-flight", "promote or roll back the canary first"),
    Phase.PAUSED: ("canary-in-flight", "promote or roll back the canary first"),
    Phase.STARTING: ("half-started", "start again to finish, or roll back"),
    Phase.SUPERSEDING: ("half-started", "start again to finish, or roll back"),
    Phase.PROMOTING: ("half-promoted", "promote again to finish, or roll back"),
    Phase.MOVING: ("half-moved", "deploy again to finish, or undo"),
}

REMOVE = (Operation("remove", CANARY),)


def _start_one(pointer: Pointer, target: Snapshot, percent: float) -> Steps:
    if pointer.stable.deployment == target.deployment:
        return (REMOVE,) if pointer.canary else ()
    if pointer.canary and pointer.canary.snapshot.deployment == target.deployment:
        return _percent_one(pointer, percent)
    begin = (
        Operation("replace", CANARY_DEPLOYMENT, target.deployment),
        Operation("replace", CANARY_PERCENT, str(float(percent))),
        Operation("replace", CANARY_CACHE, "false"),
    )
    # Another candidate leaves first, or its variable overrides would stay.
    return (REMOVE, begin) if pointer.canary else (begin,)


def _percent_one(pointer: Pointer, percent: float) -> Steps:
    if pointer.canary is None or pointer.canary.percent == percent:
        return ()
    return ((Operation("replace", CANARY_PERCENT, str(float(percent))),),)


def _promote_one(pointer: Pointer) -> Steps:
    if pointer.canary is None:
        return ()
    if pointer.is_half_promoted:
        return (REMOVE,)
    overrides = (Operation("copy", VARIABLES, source=CANARY_OVERRIDES),) if pointer.canary.has_overrides else ()
    copies = (
        Operation("copy", DEPLOYMENT, source=CANARY_DEPLOYMENT),
        *overrides,
        Operation("replace", CANARY_PERCENT, "0.0"),
    )
    return (copies, REMOVE)


def _move_one(pointer: Pointer, target: Snapshot) -> Steps:
    remove = (REMOVE,) if pointer.canary else ()
    if pointer.stable.deployment == target.deployment:
        return remove
    return (*remove, (Operation("replace", DEPLOYMENT, target.deployment),))


def _rounds(stage: Stage, steps_of: Callable[[Pointer], Steps], message: str) -> Plan:
    """First steps of every API, then second steps: the APIs are of two minds for as short as can be."""
    rounds: list[list[Call]] = [[], []]
    for pointer in stage.pointers:
        expected = pointer
        for position, operations in enumerate(steps_of(pointer)):
            rounds[position].append(Call(stage.name, expected, operations))
            expected = applied(expected, operations)
    calls = tuple(call for one_round in rounds for call in one_round)
    return Plan(calls, message if calls else f"nothing to do: {message} already")


def _candidates(stage: Stage) -> set[str]:
    return {pointer.canary.snapshot.identity for pointer in stage.pointers if pointer.canary}


def _release(targets: Mapping[str, Snapshot]) -> str:
    return next((snapshot.identity for snapshot in targets.values()), "none")


def _bad_percent(percent: float | None) -> Refusal:
    return Refusal("bad-percent", f"percent is {percent}", "give a number from 0 to 100")
