"""Where a request landed: what is fixed for a side of a stage, and for one (resource, verb) pair on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..records import EMPTY, ApiDefinition


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a stage's split: the stable deployment or the canary's, with its stage variables (FACTS 5.11)."""

    definition: ApiDefinition
    stage: str
    deployment_id: str
    variables: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    is_canary: bool = False
    has_canary: bool = False  # the stage is canary-enabled, so $context.isCanaryRequest exists
    # `arn:aws:execute-api:{region}:{account}:{api}/{stage}`, the beginning of every method ARN (FACTS 4.3).
    arn: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Work out what every request asks for."""
        object.__setattr__(self, "arn", f"{rest_api_arn(self.definition)}/{self.stage}")


def rest_api_arn(definition: ApiDefinition) -> str:
    """`arn:aws:execute-api:{region}:{account}:{api}`."""
    return f"arn:aws:execute-api:{definition.region}:{definition.account_id}:{definition.rest_api_id}"


@dataclass(frozen=True, slots=True)
class Place:
    """The pair that serves the request; `resource_path` is the template."""

    resource_id: str = ""
    resource_path: str = ""
    api_key_required: bool = False


NOWHERE = Place()
