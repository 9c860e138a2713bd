"""What a rule's target gets of an event: all of it, a part, a constant, or a template filled from it. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any

PLACEHOLDER = re.compile(r"<([^<>\s]+)>")
STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]")


def input_for(target: Mapping[str, Any], event: Mapping[str, Any], rule: Mapping[str, str]) -> str:
    """The JSON text. `rule` has `arn` and `name`, for the variables that EventBridge defines."""
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath"):
        return json.dumps(_at(event, target["InputPath"]))
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    values = {name: _at(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    values |= {
        "aws.events.rule-arn": rule["arn"],
        "aws.events.rule-name": rule["name"],
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }
    return _fill(transformer["InputTemplate"], values)


def _fill(template: str, values: Mapping[str, Any]) -> str:
    """A placeholder inside quotes is put in as text; outside, as JSON, except in a template that is no JSON."""
    is_text = template.lstrip().startswith('"')

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values:
            return found[0]
        quoted = template.count('"', 0, found.start()) - template.count('\\"', 0, found.start())
        if is_text or quoted % 2:
            plain = values[name] if isinstance(values[name], str) else json.dumps(values[name])
            return json.dumps(plain)[1:-1]
        return json.dumps(values[name])

    return PLACEHOLDER.sub(value, template)


def _at(event: Any, path: str) -> Any:
    """`$.detail.state.value`; None where there is nothing."""
    value = event
    for name, index, quoted in STEP.findall(path.removeprefix("$")):
        if isinstance(value, Mapping):
            value = value.get(name or quoted)
        elif isinstance(value, list) and index and int(index) < len(value):
            value = value[int(index)]
        else:
            return None
    return value
