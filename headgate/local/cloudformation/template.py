"""A CloudFormation template as frozen records: JSON or YAML text in, every problem of its shape at once.

Knows nothing of resource types or of the cloud; `intrinsics` evaluates the values that stay in here as plain data.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import yaml

SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Globals",
        "Hooks",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    }
)
RESOURCE_KEYS = frozenset(
    {
        "Condition",
        "CreationPolicy",
        "DeletionPolicy",
        "DependsOn",
        "Metadata",
        "Properties",
        "Type",
        "UpdatePolicy",
        "UpdateReplacePolicy",
        "Version",
    }
)
DELETION_POLICIES = ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot")
# The published quotas of a stack: 500 resources, 1 MB for a template passed through S3.
MAX_RESOURCES = 500
MAX_TEMPLATE_BYTES = 1_000_000


class TemplateError(Exception):
    """The template cannot be used; the message lists every problem, as `ValidationError` prints it."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("Template format error: " + "; ".join(problems))


@dataclass(frozen=True, slots=True)
class Declaration:
    """One entry of `Resources`, as written."""

    logical_id: str
    type: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template; `text` is what GetTemplate gives back, byte for byte."""

    text: str
    resources: Mapping[str, Declaration]
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    description: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


EMPTY = Template(text="{}", resources={})


def parse(text: str) -> Template:
    """The template in a text. Raises TemplateError with all problems."""
    raw = load(text)
    problems = [*_section_problems(raw, text), *_resource_problems(raw.get("Resources"))]
    if problems:
        raise TemplateError(problems)
    return Template(
        text=text,
        resources={name: _declaration(name, value) for name, value in raw["Resources"].items()},
        parameters=raw.get("Parameters") or {},
        conditions=raw.get("Conditions") or {},
        mappings=raw.get("Mappings") or {},
        outputs=raw.get("Outputs") or {},
        rules=raw.get("Rules") or {},
        description=raw.get("Description"),
        metadata=raw.get("Metadata") or {},
    )


def load(text: str) -> dict[str, Any]:
    """The plain data of a template: JSON, or YAML with CloudFormation's short tags (`!Ref x` -> `{"Ref": "x"}`)."""
    try:
        value = json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except ValueError as error:
        raise TemplateError([f"JSON not well-formed. {error}"]) from error
    except yaml.YAMLError as error:
        raise TemplateError([f"YAML not well-formed. {error}"]) from error
    if not isinstance(value, dict):
        raise TemplateError(["unsupported structure: the template must be an object with a Resources section"])
    return cast(dict[str, Any], value)


class _Loader(yaml.SafeLoader):
    """Safe YAML plus the short tags; a class of its own so that the tags stay out of other people's YAML."""


def _short_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(cast(yaml.MappingNode, node), deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


def _plain_date(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_multi_constructor("!", _short_tag)
# `2012-10-17` in a policy is text to CloudFormation, a date to YAML.
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _plain_date)


def _section_problems(raw: Mapping[str, Any], text: str) -> Iterator[str]:
    unknown = sorted(set(raw) - SECTIONS)
    if unknown:
        yield f"Invalid template property or properties [{', '.join(unknown)}]"
    if raw.get("Transform"):
        yield f"Transform {raw['Transform']} is not supported here; expand the template first"
    if len(text.encode()) > MAX_TEMPLATE_BYTES:
        yield f"Template may not exceed {MAX_TEMPLATE_BYTES} bytes in size, got {len(text.encode())}"
    for section in ("Parameters", "Conditions", "Mappings", "Outputs", "Rules"):
        if not isinstance(raw.get(section) or {}, dict):
            yield f"{section} must be an object, got {type(raw[section]).__name__}"
    for name, output in _items(raw.get("Outputs")):
        if not isinstance(output, dict) or output.get("Value") is None:
            yield f"Every Outputs member must contain a Value object: {name}"
    for name, parameter in _items(raw.get("Parameters")):
        if not isinstance(parameter, dict) or not isinstance(parameter.get("Type"), str):
            yield f"Every Parameters object must contain a Type: {name}"


def _items(section: Any) -> list[tuple[str, Any]]:
    return list(section.items()) if isinstance(section, dict) else []


def _resource_problems(resources: Any) -> Iterator[str]:
    if not isinstance(resources, dict) or not resources:
        yield "At least one Resources member must be defined."
        return
    if len(resources) > MAX_RESOURCES:
        yield f"Number of resources, {len(resources)}, is greater than maximum allowed, {MAX_RESOURCES}"
    for name, resource in resources.items():
        yield from _one_resource_problems(name, resource)


def _one_resource_problems(name: str, resource: Any) -> Iterator[str]:
    if not isinstance(resource, dict):
        yield f"[/Resources/{name}] 'null' values are not allowed in templates; give an object with a Type"
        return
    if not name.isalnum() or not name.isascii():
        yield f"Resource name {name} is non alphanumeric."
    if not isinstance(resource.get("Type"), str):
        yield f"[/Resources/{name}] Every Resources object must contain a Type member."
    unknown = sorted(set(resource) - RESOURCE_KEYS)
    if unknown:
        yield f"Invalid property for resource {name}: [{', '.join(unknown)}]"
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if resource.get(policy, "Delete") not in DELETION_POLICIES:
            yield f"Unrecognized {policy} {resource[policy]} for resource {name}; it wants one of {', '.join(DELETION_POLICIES)}"
    if not isinstance(resource.get("Properties") or {}, dict):
        yield f"[/Resources/{name}/Properties] must be an object"


def _declaration(name: str, value: Mapping[str, Any]) -> Declaration:
    depends_on = value.get("DependsOn") or ()
    return Declaration(
        logical_id=name,
        type=value["Type"],
        properties=value.get("Properties") or {},
        depends_on=(depends_on,) if isinstance(depends_on, str) else tuple(depends_on),
        condition=value.get("Condition"),
        deletion_policy=value.get("DeletionPolicy", "Delete"),
        update_replace_policy=value.get("UpdateReplacePolicy", "Delete"),
        metadata=value.get("Metadata") or {},
    )
