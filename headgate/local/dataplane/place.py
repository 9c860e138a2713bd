"""Where a request landed: what is fixed for a side of a stage, and for one (resource, verb) pair on it."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..records import EMPTY, ApiDefinition


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a stage's split: the stable deployment or the canary's, with its stage variables (FACTS 5.11)."""

    definition: ApiDefinition
    stage: str
    deployment_id: str
    variables: Mapping[str, str] = EMPTY
    is_canary: bool = False
    has_canary: bool = False  # the stage is canary-enabled, so $context.isCanaryRequest exists

    @property
    def arn(self) -> str:
        """`arn:aws:execute-api:{region}:{account}:{api}/{stage}`, the beginning of every method ARN (FACTS 4.3)."""
        definition = self.definition
        return f"arn:aws:execute-api:{definition.region}:{definition.account_id}:{definition.rest_api_id}/{self.stage}"


@dataclass(frozen=True, slots=True)
class Place:
    """The pair that serves the request; `resource_path` is the template."""

    resource_id: str = ""
    resource_path: str = ""
    api_key_required: bool = False


NOWHERE = Place()
