"""Stages as the data plane runs them: both sides of the split, with their operations compiled when first used."""

from collections import OrderedDict
from collections.abc import Mapping

from ..records import ApiDefinition, Deployment, MethodSettings, Stage
from .access_log import LogFormat
from .gateway_response import GatewayResponses
from .operation import Operation, Tools, compile_operation, settings_for
from .place import Side, rest_api_arn
from .resource_policy import ResourcePolicy
from .routes import Match, Routes
from .split import takes_canary

MAX_SNAPSHOTS = 256
_DEFAULT_SETTINGS = MethodSettings()


class Snapshot:
    """What depends on a deployment alone."""

    def __init__(self, definition: ApiDefinition, tools: Tools) -> None:
        self.routes = Routes(definition.resources.values(), tools.switches)
        self.responses = GatewayResponses(definition)
        self.policy = ResourcePolicy(definition.policy, rest_api_arn(definition)) if definition.policy else None


class Snapshots:
    """Compiled deployments by identity; a deployment never changes (FACTS 8.30)."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._known: OrderedDict[int, tuple[Deployment, Snapshot]] = OrderedDict()

    def get(self, deployment: Deployment) -> Snapshot:
        """The entry holds the deployment, so its id cannot be given to another object."""
        entry = self._known.get(id(deployment))
        if entry is None:
            entry = self._known[id(deployment)] = (deployment, Snapshot(deployment.definition, self._tools))
            if len(self._known) > MAX_SNAPSHOTS:
                self._known.popitem(last=False)
        return entry[1]


class SideView:
    """One side of a stage, ready to serve."""

    def __init__(self, side: Side, stage: Stage, snapshot: Snapshot, tools: Tools) -> None:
        self.side = side
        self.routes = snapshot.routes
        self.responses = snapshot.responses
        self.policy = snapshot.policy
        self._stage = stage
        self._tools = tools
        self._operations: dict[tuple[str, str], Operation] = {}

    def operation(self, match: Match, verb: str) -> Operation:
        """The compiled pair; method settings go by the request's verb, so one ANY method may have several."""
        key = (match.resource.id, verb)
        operation = self._operations.get(key)
        if operation is None:
            operation = self._operations[key] = self._compile(match, verb)
        return operation

    def _compile(self, match: Match, verb: str) -> Operation:
        stage, resource, method = self._stage, match.resource, match.method
        settings, own = settings_for(stage.method_settings, resource.path, verb, default=_DEFAULT_SETTINGS)
        if not own:
            wanted = method.http_method
            settings, own = settings_for(stage.method_settings, resource.path, wanted, default=settings)
        canary_uncached = self.side.is_canary and not (stage.canary and stage.canary.use_stage_cache)  # FACTS 5.15
        cached = (
            stage.cache_cluster_enabled
            and settings.caching_enabled
            and settings.cache_ttl_seconds > 0
            and (verb == "GET" or own)  # FACTS 6.1
            and not canary_uncached
        )
        return compile_operation(resource, method, self.side, settings=settings, cached=cached, tools=self._tools)


class StageView:
    """A stage record, compiled."""

    def __init__(self, stage: Stage, snapshots: Snapshots, tools: Tools) -> None:
        self.stage = stage
        self.percent = stage.canary.percent if stage.canary else 0.0
        self.log = LogFormat(stage.access_log) if stage.access_log else None
        canary = stage.canary
        self.stable = self._view(stage.deployment, stage.variables, snapshots, tools=tools)
        self._canary = self.stable
        if canary is not None:
            variables = {**stage.variables, **canary.variable_overrides}  # FACTS 5.11
            self._canary = self._view(canary.deployment, variables, snapshots, tools=tools, is_canary=True)

    def keeps(self, stage: Stage) -> bool:
        """Whether a new record says the same, as when the control plane published another stage's change."""
        if self.stage != stage:
            return False
        self.stage = stage
        return True

    def _view(
        self,
        deployment: Deployment,
        variables: Mapping[str, str],
        snapshots: Snapshots,
        *,
        tools: Tools,
        is_canary: bool = False,
    ) -> SideView:
        side = Side(
            definition=deployment.definition,
            stage=self.stage.name,
            deployment_id=deployment.id,
            variables=variables,
            is_canary=is_canary,
            has_canary=self.stage.canary is not None,
        )
        return SideView(side, self.stage, snapshots.get(deployment), tools)

    def side(self, draw: float) -> SideView:
        """The side that a random number in [0, 1) selects (FACTS 5.12)."""
        return self._canary if takes_canary(self.percent, draw) else self.stable

    def named(self, side: str) -> SideView:
        """The canary's side or the stable one; the stable one, too, where there is no canary."""
        return self._canary if side == "canary" else self.stable


class Stages:
    """Views by API and stage name, made anew when the control plane replaced the record."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._snapshots = Snapshots(tools)
        self._views: dict[tuple[str, str], StageView] = {}

    def view(self, stage: Stage, api_id: str) -> StageView:
        """The view of a record."""
        key = (api_id, stage.name)
        view = self._views.get(key)
        if view is not None and (view.stage is stage or view.keeps(stage)):
            return view
        view = self._views[key] = StageView(stage, self._snapshots, self._tools)
        return view

    def forget(self, api_id: str, stage_name: str) -> None:
        """The stage is gone."""
        self._views.pop((api_id, stage_name), None)
