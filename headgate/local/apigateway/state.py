"""What one account has in one Region: REST APIs, keys, plans. Documents are kept as AWS shows them, in camelCase.

A control plane is a store of documents; they become records only when a deployment freezes them (`definition`).
Nothing here locks: `responses` holds the backend's lock around a whole operation.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..records import Deployment
from ..usage import Usage
from .errors import NotFoundError

Document = dict[str, Any]

# AWS's own spelling of "no base path", in paths of its API.
NO_PATH = "(none)"


@dataclass(frozen=True, slots=True)
class Settings:
    """Switches: behaviour that AWS's documentation and recordings dispute, and limits that are off by default."""

    # FACTS 9.1: recorded twice as applied, although the Developer Guide says it is not.
    root_security_applies: bool = True
    # FACTS 10.2, 10.4: control-plane quotas. Off in `up`, on in conformance and release tests.
    quotas: bool = False
    # LIFECYCLE F6 [doc]: a stage with a canary cannot be associated with another deployment. Unrecorded for UpdateStage.
    canary_locks_deployment: bool = True
    # FACTS 8.47: users quote refusals of mappings of parameters and headers that the method does not declare; recorded cases
    # (FACTS 8.1) were imported without declaring them. Off, with a warning in the log.
    declared_parameters_only: bool = False
    # FACTS 5.19: no stage logs executions without the account's CloudWatch role. Off, because a fresh local cloud has none, and
    # templates mostly count on another stack's.
    logging_role_required: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """The clock (seconds since the epoch) and the source of identifiers (length -> lower-case letters and digits)."""

    now: Callable[[], float]
    token: Callable[[int], str]


@dataclass(slots=True)
class Draft:
    """What calls change and an import replaces as a whole. `resources` is by id, `models` by name, the rest by id or type.

    A deployment freezes all of it but the documentation, which has versions of its own.
    """

    rest_api: Document
    resources: dict[str, Document] = field(default_factory=dict)
    authorizers: dict[str, Document] = field(default_factory=dict)
    validators: dict[str, Document] = field(default_factory=dict)
    models: dict[str, Document] = field(default_factory=dict)
    gateway_responses: dict[str, Document] = field(default_factory=dict)
    documentation_parts: dict[str, Document] = field(default_factory=dict)

    def copy(self) -> "Draft":
        """A draft that may be changed and thrown away, as an import that fails does (FACTS 9.10)."""
        return copy.deepcopy(self)


@dataclass(slots=True)
class DeploymentEntry:
    """A deployment as AWS shows it, and the snapshot that serves requests."""

    document: Document
    record: Deployment


@dataclass(slots=True)
class DocumentationVersion:
    """A version as AWS shows it, and the parts as they were when it was made."""

    document: Document
    parts: list[Document]


@dataclass(slots=True)
class StageEntry:
    """A stage as AWS shows it; the generations count flushes (FACTS 6.11)."""

    document: Document
    cache_generation: int = 0
    authorizer_cache_generation: int = 0


@dataclass(slots=True)
class RestApi:
    """One REST API: the draft that calls change, and the deployments and stages that serve."""

    draft: Draft
    deployments: dict[str, DeploymentEntry] = field(default_factory=dict)
    stages: dict[str, StageEntry] = field(default_factory=dict)
    documentation_versions: dict[str, DocumentationVersion] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The identifier, ten characters."""
        return str(self.draft.rest_api["id"])


@dataclass(slots=True)
class Region:
    """Everything of one account in one Region."""

    account_id: str
    name: str
    partition: str
    world: World
    settings: Settings
    rest_apis: dict[str, RestApi] = field(default_factory=dict)
    api_keys: dict[str, Document] = field(default_factory=dict)
    usage_plans: dict[str, Document] = field(default_factory=dict)
    plan_keys: dict[str, list[str]] = field(default_factory=dict)  # usage plan id -> key ids, in order of joining
    vpc_links: dict[str, Document] = field(default_factory=dict)
    client_certificates: dict[str, Document] = field(default_factory=dict)
    domain_names: dict[str, Document] = field(default_factory=dict)
    access_associations: dict[str, Document] = field(default_factory=dict)  # of private domain names, by ARN
    base_path_mappings: dict[str, dict[str, Document]] = field(default_factory=dict)  # by domain, then by base path
    account: Document = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)  # the data plane's counts
    calls: dict[str, float] = field(default_factory=dict)  # quota -> when its bucket is full again

    def api(self, rest_api_id: str) -> RestApi:
        """The REST API, case-sensitively (FACTS 2.16)."""
        found = self.rest_apis.get(rest_api_id)
        if found is None:
            raise NotFoundError(f"Invalid API identifier specified {self.account_id}:{rest_api_id}")
        return found

    def unused_id(self, length: int, taken: dict[str, Any]) -> str:
        """An identifier of `length` characters that is no key of `taken`."""
        while (candidate := self.world.token(length)) in taken:
            pass
        return candidate
