"""One environment as a stack, in the order CloudFormation makes it: tables, functions, APIs, publication, stages, rollout."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import CfnOutput, CfnResource, Environment, Fn, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from .assets import Bundle
from .automation import Controlled, add_automation, add_monitoring, automation_environment, automation_grants
from .body import template_body
from .domain import PartStage, add_domains, domain_outputs
from .functions import FunctionPlan, add_function, add_version
from .keys import add_log_key
from .logs import LogSettings, access_log_group_name, add_access_log_groups, add_execution_log_groups, group_arn
from .names import logical
from .plans import Place, add_plans
from .release import (
    Publication,
    add_publish,
    add_rollout,
    invoke_url,
    new_deployment,
    preview_name,
    release_grants,
    stable_deployment,
    version_grants,
)
from .release_id import release_id, source_digests
from .roles import Grant, add_account_logging_role, add_invoke_role
from .settings import ARCHITECTURE, RUNTIME, EnvironmentSettings, MethodLimits, StageSettings, Throttle
from .stages import add_account_logging, add_stage, config_digest, depend, stage_properties
from .tables import add_cache_table, add_release_table

if TYPE_CHECKING:
    from headgate.spec import Compiled, CompiledApi

# Rooms with a function per API, and the compiled artefacts each carries, so that a version pins routes as well as code.
SERVING = {
    "authorizer": {"routes.json": "routes"},
    "aggregator": {"plans.json": "plans", "validators.json": "edge_validators"},
}


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
            # CloudFormation counts every byte of a template, and indentation is a third of a large one.
            suppress_template_indentation=True,
        )
        self.settings, self.compiled, self.sources = settings, compiled, sources
        self.release = stack_release(settings, compiled, sources.functions)
        self.logs = LogSettings(add_log_key(self), max(stage.retention_days for stage in settings.stages))
        self.cache_table = add_cache_table(self)
        self.release_table = add_release_table(self)
        upstreams = sorted({arn for api in compiled.apis for arn in api.lambda_upstreams.values()})
        self.invoke_role = add_invoke_role(self, f"{settings.stack_name}-", upstreams, service_grants(compiled))
        self.serving: list[str] = []
        self.apis = {api.name: self._add_api(api) for api in compiled.apis}
        self.release_function = self._add_release_function()
        self.access_logs: dict[str, list[logs.CfnLogGroup]] = {}
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
        endpoint = self.settings.endpoints.get(api.whole, "regional").upper()
        return apigateway.CfnRestApi(
            self,
            logical(api.name, "Api"),
            name=f"{self.stack_name}-{api.name}",
            body=body,
            fail_on_warnings=True,
            mode="overwrite",
            endpoint_configuration=apigateway.CfnRestApi.EndpointConfigurationProperty(types=[endpoint]),
            disable_execute_api_endpoint=api.whole in self.settings.addresses.closed or None,
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
            bundle=self._bundle(room, {file: getattr(api, name) for file, name in SERVING[room].items()}),
            settings=self.settings.functions[room],
            environment=environment,
            grants=grants,
            description=f"Headgate {room} of API {api.name}",
        )
        function = add_function(self, plan, cache=self.sources.cache, log_settings=self.logs)
        self.serving.append(str(function.function_name))
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
                "HEADGATE_FUNCTIONS": ",".join(self.serving),
                **automation_environment(self.stack_name, self.settings),
            },
            grants=[
                *release_grants(list(apis.values()), stages, self.release_table),
                *automation_grants(self.stack_name, self.settings),
                *version_grants(self.stack_name),
            ],
            description="Headgate release: the only writer of the stages' pointers",
        )
        return add_function(self, plan, cache=self.sources.cache, log_settings=self.logs)

    def _add_stages(self) -> None:
        """Every stage of every API. A deploy rolls out on the first stage; a later one takes the deployment by command."""
        apis = {name: api.node.id for name, api in self.apis.items()}
        address = invoke_url(self.settings)
        publication = Publication(apis, self.release, self.release_function, address, self.settings.retry)
        logging = self._add_account_logging()
        controlled = Controlled(self.release_function, self.logs)
        automated = add_automation(self, self.settings, controlled)
        places: list[Place] = []
        before: list[CfnResource] = []
        for position, stage in enumerate(self.settings.stages):
            prefix = logical(stage.name)
            digest = config_digest(stage, self._limits())
            publish = add_publish(
                self, f"{prefix}Publish", publication, stage=stage.name, config_digest=digest, after=before
            )
            made = self._add_stage(stage, publish, logging)
            # A new part must be reachable before the rollout takes its routes away from the first.
            mapped = self._add_domains(stage, made)
            if position == 0:
                add_rollout(
                    self,
                    f"{prefix}Rollout",
                    publication,
                    settings=stage,
                    publish=publish,
                    after=[*made, *mapped, *automated, *self._add_preview(stage, publish, logging)],
                )
            places += [Place(apis[api.name], value) for api, value in zip(self.compiled.apis, made, strict=True)]
            before = [publish]
        add_monitoring(self, self.settings, self.access_logs, controlled)
        add_plans(self, self.settings.plans, places)

    def _add_stage(
        self, stage: StageSettings, publish: CfnResource, logging: list[CfnResource], *, is_preview: bool = False
    ) -> list[apigateway.CfnStage]:
        """The stage of every API, where it points now; a preview points at the new deployment."""
        pointed = new_deployment if is_preview else stable_deployment
        names = list(self.apis)
        return [
            self._add_stage_of(stage, api, pointed(publish, names.index(api.name), len(names)), logging)
            for api in self.compiled.apis
        ]

    def _limits(self) -> dict[str, MethodLimits]:
        """All methods' own limits; parts of an API may have the same resources."""
        apis = self.compiled.apis
        return {
            (f"/{api.name}" if len(apis) > 1 else "") + key: value
            for api in apis
            for key, value in method_limits(api).items()
        }

    def _add_domains(self, stage: StageSettings, stages: list[apigateway.CfnStage]) -> list[CfnResource]:
        """The domains that show this stage, mapped to every part of their API."""
        parts: dict[tuple[str, str], list[PartStage]] = {}
        for api, made in zip(self.compiled.apis, stages, strict=True):
            part = PartStage(api.name, api.base_path, self.apis[api.name].ref, made)
            parts.setdefault((api.whole, stage.name), []).append(part)
        domains = [domain for domain in self.settings.addresses.domains if domain.stage == stage.name]
        return add_domains(self, domains, parts, local=self.settings.local)

    def _add_preview(
        self, stage: StageSettings, publish: CfnResource, logging: list[CfnResource]
    ) -> list[apigateway.CfnStage]:
        """A hidden stage that shows the new release to the smoke checks, if there are any."""
        if not stage.smoke:
            return []
        preview = replace(stage, name=preview_name(stage.name), cache=None)
        return self._add_stage(preview, publish, logging, is_preview=True)

    def _add_stage_of(
        self, stage: StageSettings, api: "CompiledApi", deployment: Any, logging: list[CfnResource]
    ) -> apigateway.CfnStage:
        prefix = logical(api.name, stage.name)
        rest_api = self.apis[api.name].node.id
        access, access_of_canary = add_access_log_groups(self, prefix, access_log_name(api.name, stage.name), self.logs)
        self.access_logs.setdefault(stage.name, []).append(access)
        execution = add_execution_log_groups(self, prefix, rest_api, stage.name, self.logs)
        made = add_stage(
            self,
            f"{prefix}Stage",
            stage_properties(stage, method_limits(api)),
            api=self.apis[api.name].ref,
            deployment=deployment,
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
            outputs[logical("Url", name)] = self._domain_url(name, first) or Fn.sub(url)
        names = [access_log_group_name(self.stack_name, access_log_name(name, first)) for name in self.apis]
        outputs["AccessLogGroup"] = ",".join(names)
        outputs |= domain_outputs(self, self.settings.addresses.domains) | self._part_outputs()
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)

    def _domain_url(self, name: str, stage: str) -> str | None:
        """Where an API is called that has no address of its own."""
        api = next(api for api in self.compiled.apis if api.name == name)
        found = (d for d in self.settings.addresses.domains if (d.api, d.stage) == (api.whole, stage))
        is_closed = api.whole in self.settings.addresses.closed
        return next((f"https://{domain.name}{api.base_path}" for domain in found if is_closed), None)

    def _part_outputs(self) -> dict[str, Any]:
        """`PartsPortal`: `<rest api id>=<base path>` of every part of a split API, the first without a base path."""
        split = {api.whole for api in self.compiled.apis if api.base_path}
        return {
            logical("Parts", whole): Fn.sub(
                ",".join(
                    "${" + self.apis[api.name].node.id + "}=" + api.base_path
                    for api in self.compiled.apis
                    if api.whole == whole
                )
            )
            for whole in sorted(split)
        }

    def _bundle(self, room: str, artefacts: Mapping[str, Any]) -> Bundle:
        with_dependencies = not self.settings.local and self.bundling_required
        return Bundle(self.sources.functions, room, artefacts, with_dependencies)


def access_log_name(api: str, stage: str) -> str:
    """The part of an access-log group's name that tells stages and APIs apart: `portal/prod`."""
    return f"{api}/{stage}"


def service_grants(compiled: "Compiled") -> dict[str, list[str]]:
    """AWS services among the upstreams: what the role of API Gateway may do, to which resources."""
    grants = sorted({(grant.action, grant.resource) for api in compiled.apis for grant in api.aws_grants})
    found: dict[str, list[str]] = {}
    for action, resource in grants:
        found.setdefault(action, []).append(resource)
    return found


def method_limits(api: "CompiledApi") -> dict[str, MethodLimits]:
    """What single methods have of their own, by `{path}/{VERB}`."""
    return {key: _limits(api.throttles.get(key), api.caches.get(key)) for key in {*api.throttles, *api.caches}}


def _limits(throttle: Mapping[str, Any] | None, cache: Mapping[str, Any] | None) -> MethodLimits:
    limit = Throttle(throttle["rate"], int(throttle["burst"])) if throttle else None
    return MethodLimits(limit, is_cached=cache is not None, ttl_seconds=cache["ttl"] if cache else None)


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
