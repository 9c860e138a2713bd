"""A CloudFormation template as frozen records: JSON or YAML text in, every problem of its shape at once.

Knows nothing of resource types or of the cloud; `intrinsics` evaluates the values that stay in here as plain data.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import yaml

from .transforms import (
    INCLUDE,
    LANGUAGE_EXTENSIONS,
    Outside,
    TransformError,
    expand,
    has_includes,
    transforms_of,
)

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
NOTHING = Outside()
FORMAT_VERSION = "2010-09-09"
PARAMETER_TYPE = re.compile(
    r"^(String|Number|CommaDelimitedList|List<(Number|String|AWS::.+)>|AWS::SSM::Parameter::(Name|Value<.+>)|AWS::.+)$"
)


class TemplateError(Exception):
    """The template cannot be used; the message lists every problem, as `ValidationError` prints it."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(_printed(problem) for problem in problems))


class Bare(str):
    """A problem that AWS prints as it is, without "Template format error:" before it."""

    __slots__ = ()


def _printed(problem: str) -> str:
    return str(problem) if isinstance(problem, Bare) else f"Template format error: {problem}"


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
    transforms: tuple[str, ...] = ()
    processed: str | None = None  # what the transforms made of it

    @property
    def has_extensions(self) -> bool:
        """Whether it is written in the language of AWS::LanguageExtensions."""
        return LANGUAGE_EXTENSIONS in self.transforms


EMPTY = Template(text="{}", resources={})


def parse(text: str, outside: Outside = NOTHING) -> Template:
    """The template in a text, its transforms carried out. Raises TemplateError with all problems."""
    raw = load(text)
    names = transforms_of(raw)
    if not names and not has_includes(raw):
        return read(raw, text)
    try:
        expanded = expand(raw, outside)
    except TransformError as error:
        raise TemplateError([Bare(str(error))]) from error
    return replace(read(expanded, text), transforms=names or (INCLUDE,), processed=json.dumps(expanded))


def read(raw: Mapping[str, Any], text: str) -> Template:
    """The template in plain data; `text` is what it was given as. Raises TemplateError with all problems."""
    null = next(_nulls(raw, ""), None)
    if null is not None:
        raise TemplateError([Bare(f"[{null}] 'null' values are not allowed in templates")])
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
    except json.JSONDecodeError as error:
        raise TemplateError([f"JSON not well-formed. (line {error.lineno}, column {error.colno})"]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise TemplateError([f"YAML not well-formed.{place}"]) from error
    except (ValueError, yaml.YAMLError) as error:
        raise TemplateError([f"YAML not well-formed. {error}"]) from error
    if not isinstance(value, dict):
        raise TemplateError(["unsupported structure."])
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


def _nulls(value: Any, path: str) -> Iterator[str]:
    """The path of every null, in order: `/Outputs/Url/Value`."""
    if value is None:
        yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from _nulls(member, f"{path}/{key}")


def _section_problems(raw: Mapping[str, Any], text: str) -> Iterator[str]:
    unknown = sorted(set(raw) - SECTIONS)
    if unknown:
        yield Bare(f"Invalid template property or properties [{', '.join(unknown)}]")
    if str(raw.get("AWSTemplateFormatVersion", FORMAT_VERSION)) != FORMAT_VERSION:
        yield "unsupported value for AWSTemplateFormatVersion."
    if len(text.encode()) > MAX_TEMPLATE_BYTES:
        yield f"Template may not exceed {MAX_TEMPLATE_BYTES} bytes in size, got {len(text.encode())}"
    for section in ("Parameters", "Conditions", "Mappings", "Outputs", "Rules"):
        if not isinstance(raw.get(section) or {}, dict):
            yield f"{section} must be an object, got {type(raw[section]).__name__}"
    if any(not isinstance(output, dict) or "Value" not in output for _, output in _items(raw.get("Outputs"))):
        yield "Every Outputs member must contain a Value object"
    for _, parameter in _items(raw.get("Parameters")):
        yield from _parameter_problems(parameter)
    for _, mapping in _items(raw.get("Mappings")):
        yield from _mapping_problems(mapping)


def _parameter_problems(parameter: Any) -> Iterator[str]:
    if not isinstance(parameter, dict) or not isinstance(parameter.get("Type"), str):
        yield "Every Parameters object must contain a Type member."
    elif not PARAMETER_TYPE.match(parameter["Type"]):
        yield f"Unrecognized parameter type: {parameter['Type']}"


def _mapping_problems(mapping: Any) -> Iterator[str]:
    """Recorded: a map of maps of texts or lists, and nothing deeper."""
    for key, attributes in _items(mapping):
        if key.startswith("Fn::"):
            continue
        if not isinstance(attributes, dict):
            yield f"Every Mappings member {key} must be a map"
        elif any(isinstance(value, dict) for value in attributes.values()):
            yield "Every Mappings attribute must be a String or a List."


def _items(section: Any) -> list[tuple[str, Any]]:
    return list(section.items()) if isinstance(section, dict) else []


def _resource_problems(resources: Any) -> Iterator[str]:
    if resources is not None and not isinstance(resources, dict):
        yield "Any Resources member must be an object."
        return
    if not resources:
        yield "At least one Resources member must be defined."
        return
    if len(resources) > MAX_RESOURCES:
        yield f"Number of resources, {len(resources)}, is greater than maximum allowed, {MAX_RESOURCES}"
    for name, resource in resources.items():
        yield from _one_resource_problems(name, resource)


def _one_resource_problems(name: str, resource: Any) -> Iterator[str]:
    if not isinstance(resource, dict):
        yield "Any Resources member must be an object."
        return
    if not name.isalnum() or not name.isascii():
        yield f"Resource name {name} is non alphanumeric."
    if not isinstance(resource.get("Type"), str):
        yield f"[/Resources/{name}] Every Resources object must contain a Type member."
    for unknown in sorted(set(resource) - RESOURCE_KEYS):
        yield Bare(f"Invalid template resource property '{unknown}'")
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if resource.get(policy, "Delete") not in DELETION_POLICIES:
            yield f"Unrecognized {policy} {resource[policy]} for resource {name}"
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
