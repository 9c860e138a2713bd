"""One environment as a stack, in the order CloudFormation makes it: tables, functions, APIs, publication, stages, rollout."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import CfnOutput, CfnResource, Environment, Fn, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from .assets import Bundle
from .body import template_body
from .functions import FunctionPlan, add_function, add_version
from .keys import add_log_key
from .logs import LogSettings, access_log_group_name, add_access_log_groups, add_execution_log_groups, group_arn
from .names import logical
from .plans import Place, add_plans
from .release import Publication, add_publish, add_rollout, release_grants, stable_deployment
from .release_id import release_id, source_digests
from .roles import Grant, add_account_logging_role, add_invoke_role
from .settings import ARCHITECTURE, RUNTIME, EnvironmentSettings, StageSettings, Throttle
from .stages import add_account_logging, add_stage, config_digest, depend, stage_properties
from .tables import add_cache_table, add_release_table

if TYPE_CHECKING:
    from headgate.spec import Compiled, CompiledApi

# Rooms with a function per API, and the compiled artefacts each carries, so that a version pins routes as well as code.
SERVING = {"authorizer": ("routes",), "aggregator": ("plans", "validators")}


@dataclass(frozen=True, slots=True)
class Sources:
    """Where function sources are, and where built assets are kept."""

    functions: Path
    cache: Path


class EnvironmentStack(Stack):
    """Everything one environment needs."""

    def __init__(self, scope: Construct, settings: EnvironmentSettings, compiled: "Compiled", sources: Sources) -> None:
        account = Environment(account=settings.account, region=settings.region)
        super().__init__(
            scope,
            settings.stack_name,
            stack_name=settings.stack_name,
            env=account,
            description=f"Headgate: {settings.gateway}, environment {settings.environment}",
        )
        self.settings, self.compiled, self.sources = settings, compiled, sources
        self.release = stack_release(settings, compiled, sources.functions)
        self.logs = LogSettings(add_log_key(self), max(stage.retention_days for stage in settings.stages))
        self.cache_table = add_cache_table(self)
        self.release_table = add_release_table(self)
        upstreams = sorted({arn for api in compiled.apis for arn in api.lambda_upstreams.values()})
        self.invoke_role = add_invoke_role(self, f"{settings.stack_name}-", upstreams)
        self.apis = {api.name: self._add_api(api) for api in compiled.apis}
        self.release_function = self._add_release_function()
        self._add_stages()
        self._add_outputs()

    def _add_api(self, api: "CompiledApi") -> apigateway.CfnRestApi:
        rooms = [
            room
            for room, is_used in (("authorizer", api.uses_authorizer), ("aggregator", api.uses_aggregator))
            if is_used
        ]
        versions = {room: self._add_serving_function(api, room) for room in rooms}
        body = template_body(
            api.wire,
            versions={room: version.node.id for room, version in versions.items()},
            invoke_role=self.invoke_role.node.id,
        )
        endpoint = self.settings.endpoints.get(api.name, "regional").upper()
        return apigateway.CfnRestApi(
            self,
            logical(api.name, "Api"),
            name=f"{self.stack_name}-{api.name}",
            body=body,
            fail_on_warnings=True,
            mode="overwrite",
            endpoint_configuration=apigateway.CfnRestApi.EndpointConfigurationProperty(types=[endpoint]),
        )

    def _add_serving_function(self, api: "CompiledApi", room: str) -> lambda_.CfnVersion:
        environment: dict[str, Any] = {
            "POWERTOOLS_SERVICE_NAME": f"{self.settings.gateway}-{room}",
            "HEADGATE_RELEASE_ID": self.release,
        }
        grants: list[Grant] = []
        if room == "aggregator":
            environment["HEADGATE_CACHE_TABLE"] = self.cache_table.ref
            actions = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"]
            grants.append(Grant(actions, [self.cache_table.attr_arn]))
        plan = FunctionPlan(
            owner=api.name,
            bundle=self._bundle(room, {f"{name}.json": getattr(api, name) for name in SERVING[room]}),
            settings=self.settings.functions[room],
            environment=environment,
            grants=grants,
            description=f"Headgate {room} of API {api.name}",
        )
        function = add_function(self, plan, cache=self.sources.cache, log_settings=self.logs)
        return add_version(self, function, self.release)

    def _add_release_function(self) -> lambda_.CfnFunction:
        apis = {name: api.node.id for name, api in self.apis.items()}
        addresses = ",".join(f"{name}=${{{logical_id}}}" for name, logical_id in apis.items())
        stages = [stage.name for stage in self.settings.stages]
        plan = FunctionPlan(
            owner="",
            bundle=self._bundle("release", {}),
            settings=self.settings.functions["release"],
            environment={
                "POWERTOOLS_SERVICE_NAME": f"{self.settings.gateway}-release",
                "HEADGATE_RELEASE_TABLE": self.release_table.ref,
                "HEADGATE_REST_APIS": Fn.sub(addresses),
            },
            grants=release_grants(list(apis.values()), stages, self.release_table),
            description="Headgate release: the only writer of the stages' pointers",
        )
        return add_function(self, plan, cache=self.sources.cache, log_settings=self.logs)

    def _add_stages(self) -> None:
        """Every stage of every API. A deploy rolls out on the first stage; a later one takes the deployment by command."""
        apis = {name: api.node.id for name, api in self.apis.items()}
        publication = Publication(apis, self.release, self.release_function, self.settings.retry)
        logging = self._add_account_logging()
        places: list[Place] = []
        before: list[CfnResource] = []
        for position, stage in enumerate(self.settings.stages):
            prefix = logical(stage.name)
            throttles = {key: value for api in self.compiled.apis for key, value in method_throttles(api).items()}
            digest = config_digest(stage, throttles)
            publish = add_publish(
                self, f"{prefix}Publish", publication, stage=stage.name, config_digest=digest, after=before
            )
            made = [self._add_stage(stage, api, publish, logging) for api in self.compiled.apis]
            if position == 0:
                add_rollout(
                    self,
                    f"{prefix}Rollout",
                    publication,
                    settings=stage,
                    publish=publish,
                    after=made,
                )
            places += [Place(apis[api.name], value) for api, value in zip(self.compiled.apis, made, strict=True)]
            before = [publish]
        add_plans(self, self.settings.plans, places)

    def _add_stage(
        self, stage: StageSettings, api: "CompiledApi", publish: CfnResource, logging: list[CfnResource]
    ) -> apigateway.CfnStage:
        names = list(self.apis)
        prefix = logical(api.name, stage.name)
        rest_api = self.apis[api.name].node.id
        access, access_of_canary = add_access_log_groups(self, prefix, access_log_name(api.name, stage.name), self.logs)
        execution = add_execution_log_groups(self, prefix, rest_api, stage.name, self.logs)
        made = add_stage(
            self,
            f"{prefix}Stage",
            stage_properties(stage, method_throttles(api)),
            api=self.apis[api.name].ref,
            deployment=stable_deployment(publish, names.index(api.name), len(names)),
            access_log_arn=group_arn(access),
        )
        depend(made, [access_of_canary, *execution, *logging])
        return made

    def _add_account_logging(self) -> list[CfnResource]:
        if not self.settings.manage_account_logging:
            return []
        return [add_account_logging(self, add_account_logging_role(self).attr_arn)]

    def _add_outputs(self) -> None:
        first = self.settings.stages[0].name
        outputs: dict[str, Any] = {
            "StageName": first,
            "ReleaseFunctionName": self.release_function.ref,
            "ReleaseId": self.release,
        }
        for name, api in self.apis.items():
            url = "https://${" + api.node.id + "}.execute-api.${AWS::Region}.${AWS::URLSuffix}/" + first
            outputs[logical("RestApiId", name)] = api.ref
            outputs[logical("Url", name)] = Fn.sub(url)
        names = [access_log_group_name(self.stack_name, access_log_name(name, first)) for name in self.apis]
        outputs["AccessLogGroup"] = ",".join(names)
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)

    def _bundle(self, room: str, artefacts: Mapping[str, Any]) -> Bundle:
        with_dependencies = not self.settings.local and self.bundling_required
        return Bundle(self.sources.functions, room, artefacts, with_dependencies)


def access_log_name(api: str, stage: str) -> str:
    """The part of an access-log group's name that tells stages and APIs apart: `portal/prod`."""
    return f"{api}/{stage}"


def method_throttles(api: "CompiledApi") -> dict[str, Throttle]:
    """The throttles of single methods, by `{path}/{VERB}`."""
    return {key: Throttle(value["rate"], int(value["burst"])) for key, value in api.throttles.items()}


def stack_release(settings: EnvironmentSettings, compiled: "Compiled", functions: Path) -> str:
    """The release id of an environment: what its compiled APIs, serving functions and their settings come to."""
    artefacts = {
        api.name: {"wire": api.wire, "routes": api.routes, "plans": api.plans, "validators": api.validators}
        for api in compiled.apis
    }
    requirements = {room: (functions / room / "requirements.txt").read_text(encoding="utf-8") for room in SERVING}
    sizes = {
        room: {"memory": settings.functions[room].memory_mb, "timeout": settings.functions[room].timeout_seconds}
        for room in SERVING
    }
    return release_id(
        artefacts=artefacts,
        requirements=requirements,
        sources=source_digests(functions),
        settings={"functions": sizes, "runtime": RUNTIME, "architecture": ARCHITECTURE},
    )
