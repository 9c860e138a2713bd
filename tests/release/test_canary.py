"""Every verb, from each phase a stage can be in: exact patch operations, idempotence, and refusals that say why."""

import pytest

from functions.release.canary import Canary, Command, Phase, Plan, Pointer, Refusal, Snapshot, Stage, Verb
from functions.release.plan import TRANSITIONS, WAYS_ON, plan

OLD, NEW = Snapshot("d1", "old"), Snapshot("d2", "new")
STABLE = Stage("prod", (Pointer("a", OLD),))
SPLIT = Stage("prod", (Pointer("a", OLD, Canary(NEW, 10.0)),))
PAUSED = Stage("prod", (Pointer("a", OLD, Canary(NEW, 0.0)),))
HALF_PROMOTED = Stage("prod", (Pointer("a", NEW, Canary(NEW, 0.0)),))


def calls(decision: Plan | Refusal) -> list[list[dict[str, str]]]:
    assert isinstance(decision, Plan), decision
    return [[operation.to_json() for operation in call.operations] for call in decision.calls]


def start(percent: float = 5, target: Snapshot = NEW, apis: str = "a") -> Command:
    return Command(Verb.START, percent=percent, targets=dict.fromkeys(apis, target))


def test_start_sends_deployment_and_percent_in_one_call():
    assert calls(plan(STABLE, start(5))) == [
        [
            {"op": "replace", "path": "/canarySettings/deploymentId", "value": "d2"},
            {"op": "replace", "path": "/canarySettings/percentTraffic", "value": "5.0"},
            {"op": "replace", "path": "/canarySettings/useStageCache", "value": "false"},
        ]
    ]


def test_set_changes_the_percent_alone():
    assert calls(plan(SPLIT, Command(Verb.SET, percent=25))) == [
        [{"op": "replace", "path": "/canarySettings/percentTraffic", "value": "25.0"}]
    ]


def test_promote_copies_the_pointer_and_removes_the_canary_in_a_second_call():
    assert calls(plan(SPLIT, Command(Verb.PROMOTE))) == [
        [
            {"op": "copy", "path": "/deploymentId", "from": "/canarySettings/deploymentId"},
            {"op": "replace", "path": "/canarySettings/percentTraffic", "value": "0.0"},
        ],
        [{"op": "remove", "path": "/canarySettings"}],
    ]


def test_promoting_half_a_promotion_only_removes_the_canary():
    assert calls(plan(HALF_PROMOTED, Command(Verb.PROMOTE))) == [[{"op": "remove", "path": "/canarySettings"}]]


def test_promote_merges_variable_overrides_when_there_are_some():
    stage = Stage("prod", (Pointer("a", OLD, Canary(NEW, 10.0, has_overrides=True)),))

    first = calls(plan(stage, Command(Verb.PROMOTE)))[0]

    assert {"op": "copy", "path": "/variables", "from": "/canarySettings/stageVariableOverrides"} in first


def test_rollback_removes_the_canary_and_nothing_else():
    assert calls(plan(SPLIT, Command(Verb.ROLLBACK))) == [[{"op": "remove", "path": "/canarySettings"}]]


def test_pause_keeps_the_canary_at_nothing():
    assert calls(plan(SPLIT, Command(Verb.PAUSE))) == [
        [{"op": "replace", "path": "/canarySettings/percentTraffic", "value": "0.0"}]
    ]


def test_undo_points_the_stage_at_what_it_served_before():
    command = Command(Verb.UNDO, previous={"a": Snapshot("d0", "older")})

    assert calls(plan(STABLE, command)) == [[{"op": "replace", "path": "/deploymentId", "value": "d0"}]]


def test_another_candidate_leaves_before_the_new_one_enters():
    newer = Snapshot("d3", "newer")

    first, second = calls(plan(SPLIT, start(5, newer)))

    assert first == [{"op": "remove", "path": "/canarySettings"}]
    assert second[0] == {"op": "replace", "path": "/canarySettings/deploymentId", "value": "d3"}


@pytest.mark.parametrize(
    ("stage", "command"),
    [
        pytest.param(SPLIT, start(10), id="start"),
        pytest.param(SPLIT, Command(Verb.SET, percent=10), id="set"),
        pytest.param(PAUSED, Command(Verb.PAUSE), id="pause"),
        pytest.param(STABLE, Command(Verb.PROMOTE), id="promote"),
        pytest.param(STABLE, Command(Verb.ROLLBACK), id="rollback"),
        pytest.param(STABLE, Command(Verb.UNDO, previous={"a": OLD}), id="undo"),
        pytest.param(STABLE, Command(Verb.MOVE, targets={"a": OLD}), id="move"),
    ],
)
def test_what_is_so_already_makes_no_call(stage: Stage, command: Command):
    decision = plan(stage, command)

    assert isinstance(decision, Plan)
    assert decision.calls == ()
    assert "already" in decision.message


@pytest.mark.parametrize("percent", [-1, 100.5, None, float("nan")])
def test_a_percent_outside_0_to_100_is_refused(percent: float | None):
    decision = plan(SPLIT, Command(Verb.SET, percent=percent))

    assert isinstance(decision, Refusal)
    assert decision.code == "bad-percent"


def test_an_absent_pair_is_a_refusal_that_names_phase_and_verb():
    decision = plan(STABLE, Command(Verb.SET, percent=10))

    assert decision == Refusal("no-canary", "stage prod is stable: it cannot set", WAYS_ON[Phase.STABLE][1])


def test_every_pair_is_a_transition_or_a_refusal_with_a_way_on():
    for phase in Phase:
        for verb in Verb:
            assert (phase, verb) in TRANSITIONS or WAYS_ON[phase][1]


def test_a_move_removes_a_canary_before_it_moves_the_stable_pointer():
    assert calls(plan(SPLIT, Command(Verb.MOVE, targets={"a": NEW}))) == [
        [{"op": "remove", "path": "/canarySettings"}],
        [{"op": "replace", "path": "/deploymentId", "value": "d2"}],
    ]


def pair(first: Pointer, second: Pointer) -> Stage:
    return Stage("prod", (first, second))


@pytest.mark.parametrize(
    ("stage", "phase"),
    [
        pytest.param(STABLE, Phase.STABLE, id="one"),
        pytest.param(HALF_PROMOTED, Phase.PROMOTING, id="half-promoted"),
        pytest.param(pair(Pointer("a", OLD, Canary(NEW, 10)), Pointer("b", OLD)), Phase.STARTING, id="half-started"),
        pytest.param(pair(Pointer("a", NEW), Pointer("b", OLD, Canary(NEW, 10))), Phase.PROMOTING, id="one-promoted"),
        pytest.param(pair(Pointer("a", NEW), Pointer("b", OLD)), Phase.MOVING, id="half-moved"),
        pytest.param(
            pair(Pointer("a", OLD, Canary(NEW, 1)), Pointer("b", OLD, Canary(Snapshot("d9", "other"), 1))),
            Phase.SUPERSEDING,
            id="two-candidates",
        ),
        pytest.param(pair(Pointer("a", Snapshot("x")), Pointer("b", Snapshot("y"))), Phase.STABLE, id="made-by-hand"),
    ],
)
def test_the_phase_is_seen_over_all_apis(stage: Stage, phase: Phase):
    assert stage.phase is phase


def test_promoting_half_a_list_finishes_the_rest():
    stage = pair(Pointer("a", NEW), Pointer("b", OLD, Canary(NEW, 10)))

    decision = plan(stage, Command(Verb.PROMOTE))

    assert isinstance(decision, Plan)
    assert {call.api for call in decision.calls} == {"b"}


def test_rolling_back_half_a_promotion_puts_back_what_was_served():
    stage = pair(Pointer("a", NEW), Pointer("b", OLD, Canary(NEW, 10)))

    decision = plan(stage, Command(Verb.ROLLBACK, previous={"a": OLD, "b": OLD}))

    assert calls(decision) == [
        [{"op": "replace", "path": "/deploymentId", "value": "d1"}],
        [{"op": "remove", "path": "/canarySettings"}],
    ]


def test_rolling_back_half_a_promotion_without_a_journal_is_refused():
    stage = pair(Pointer("a", NEW), Pointer("b", OLD, Canary(NEW, 10)))

    decision = plan(stage, Command(Verb.ROLLBACK))

    assert isinstance(decision, Refusal)
    assert decision.code == "half-promoted"


def test_setting_half_a_start_is_refused_because_promoting_it_would_mix_releases():
    stage = pair(Pointer("a", OLD, Canary(NEW, 10)), Pointer("b", OLD))

    assert isinstance(plan(stage, Command(Verb.PROMOTE)), Refusal)
    assert isinstance(plan(stage, Command(Verb.SET, percent=5)), Refusal)


def test_a_release_without_a_deployment_of_every_api_is_not_started():
    decision = plan(pair(Pointer("a", OLD), Pointer("b", OLD)), start(5, apis="a"))

    assert decision == Refusal("not-published", "the release has no deployment of API b", "deploy it first")
