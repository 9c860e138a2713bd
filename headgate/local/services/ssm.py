"""SSM Parameter Store, the part that CDK, its bootstrap and functions use. moto's SSM would load EC2: half a second and 75 MB."""

import base64
import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .json_service import ServiceError, json_service

# Letters, digits and .-_ with slashes between; AWS's and SSM's own names are theirs.
NAME = re.compile(r"/?[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*")
RESERVED = re.compile(r"/?(aws|ssm)", re.IGNORECASE)
PAGE = 10  # GetParametersByPath's default and largest


@dataclass
class Parameter:
    """One name with all its versions, newest last."""

    name: str
    type: str
    values: list[str]
    modified_epoch: float
    pattern: str = ""
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    def shown(self, value: str, *, is_decrypted: bool) -> str:
        """A value as it is answered: a secret is opaque unless it was asked to be decrypted."""
        if self.type != "SecureString" or is_decrypted:
            return value
        return base64.b64encode(hashlib.sha256(value.encode()).digest()).decode()


class ParameterStore:
    """Parameters by (region, name). Thread-safe."""

    def __init__(self, account_id: str, now: Callable[[], float] = time.time) -> None:
        self._account_id = account_id
        self._now = now
        self._parameters: dict[tuple[str, str], Parameter] = {}
        self._lock = threading.Lock()

    def application(self) -> Callable[..., Any]:
        """The service."""
        return json_service(
            {
                "PutParameter": self._locked(self._put),
                "GetParameter": self._locked(self._get),
                "GetParameters": self._locked(self._get_several),
                "GetParametersByPath": self._locked(self._get_by_path),
                "DescribeParameters": self._locked(self._describe),
                "GetParameterHistory": self._locked(self._history),
                "DeleteParameter": self._locked(self._delete),
                "DeleteParameters": self._locked(self._delete_several),
                "AddTagsToResource": self._locked(self._add_tags),
                "RemoveTagsFromResource": self._locked(self._remove_tags),
                "ListTagsForResource": self._locked(self._list_tags),
            }
        )

    def _locked(self, operation: Callable[[str, Mapping[str, Any]], dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        def run(region: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
            with self._lock:
                return operation(region, parameters)

        return run

    def _put(self, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        name = given["Name"]
        _check(given)
        existing = self._parameters.get((region, name))
        if existing is None:
            tags = {tag["Key"]: tag["Value"] for tag in given.get("Tags", ())}
            kind, about = given.get("Type", "String"), given.get("Description", "")
            made = Parameter(name, kind, [given["Value"]], self._now(), given.get("AllowedPattern", ""), about, tags)
            self._parameters[region, name] = made
            return {"Version": 1, "Tier": "Standard"}
        if not given.get("Overwrite"):
            raise ServiceError(
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
            )
        existing.values.append(given["Value"])
        existing.type = given.get("Type", existing.type)
        existing.description = given.get("Description", existing.description)
        existing.modified_epoch = self._now()
        return {"Version": len(existing.values), "Tier": "Standard"}

    def _get(self, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        found = self._find(region, given["Name"], is_decrypted=bool(given.get("WithDecryption")))
        if found is None:
            raise ServiceError("ParameterNotFound", "")  # recorded: AWS says nothing more
        return {"Parameter": found}

    def _history(self, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        parameter = self._parameters.get((region, given["Name"]))
        if parameter is None:
            raise ServiceError("ParameterNotFound", "")
        is_decrypted = bool(given.get("WithDecryption"))
        versions = [
            {**_metadata(parameter), "Version": number, "Value": parameter.shown(value, is_decrypted=is_decrypted)}
            for number, value in enumerate(parameter.values, start=1)
        ]
        return {"Parameters": versions}

    def _get_several(self, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        is_decrypted = bool(given.get("WithDecryption"))
        found = {name: self._find(region, name, is_decrypted=is_decrypted) for name in given["Names"]}
        return {
            "Parameters": [shown for shown in found.values() if shown is not None],
            "InvalidParameters": [name for name, shown in found.items() if shown is None],
        }

    def _get_by_path(self, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        path = given["Path"].rstrip("/") + "/"
        deep = bool(given.get("Recursive"))
        names = [
            parameter.name
            for parameter in self._of(region)
            if parameter.name.startswith(path) and (deep or "/" not in parameter.name[len(path) :])
        ]
        start = int(given.get("NextToken") or 0)
        end = start + int(given.get("MaxResults") or PAGE)
        more = {"NextToken": str(end)} if end < len(names) else {}
        is_decrypted = bool(given.get("WithDecryption"))
        return {
            "Parameters": [self._find(region, name, is_decrypted=is_decrypted) for name in names[start:end]],
            **more,
        }

    def _describe(self, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        filters = given.get("ParameterFilters") or ()
        shown = [
            _metadata(parameter) for parameter in self._of(region) if all(_passes(parameter, one) for one in filters)
        ]
        return {"Parameters": shown}

    def _delete(self, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        if self._parameters.pop((region, given["Name"]), None) is None:
            raise ServiceError("ParameterNotFound", f"Parameter {given['Name']} not found.")
        return {}

    def _delete_several(self, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        gone = [name for name in given["Names"] if self._parameters.pop((region, name), None) is not None]
        return {"DeletedParameters": gone, "InvalidParameters": [name for name in given["Names"] if name not in gone]}

    def _add_tags(self, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        self._tagged(region, given).update({tag["Key"]: tag["Value"] for tag in given["Tags"]})
        return {}

    def _remove_tags(self, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        tags = self._tagged(region, given)
        for key in given["TagKeys"]:
            tags.pop(key, None)
        return {}

    def _list_tags(self, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        return {"TagList": [{"Key": key, "Value": value} for key, value in self._tagged(region, given).items()]}

    def _tagged(self, region: str, given: Mapping[str, Any]) -> dict[str, str]:
        parameter = self._parameters.get((region, given["ResourceId"]))
        if parameter is None:
            raise ServiceError("InvalidResourceId", f"{given['ResourceId']}: no such parameter")
        return parameter.tags

    def _of(self, region: str) -> Iterable[Parameter]:
        return [self._parameters[key] for key in sorted(self._parameters) if key[0] == region]

    def _find(self, region: str, reference: str, *, is_decrypted: bool) -> dict[str, Any] | None:
        """A parameter by name, ARN, or either with `:version`."""
        name = reference.partition(":parameter")[2] if reference.startswith("arn:") else reference
        bare, _, version = name.partition(":")
        parameter = self._parameters.get((region, bare)) or self._parameters.get((region, bare.lstrip("/")))
        number = int(version) if version.isdigit() else 0
        if parameter is None or number > len(parameter.values):
            return None
        number = number or len(parameter.values)
        return {
            "Name": parameter.name,
            "Type": parameter.type,
            "Value": parameter.shown(parameter.values[number - 1], is_decrypted=is_decrypted),
            "Version": number,
            "LastModifiedDate": parameter.modified_epoch,
            "ARN": f"arn:aws:ssm:{region}:{self._account_id}:parameter/{parameter.name.lstrip('/')}",
            "DataType": "text",
        }


def _check(given: Mapping[str, Any]) -> None:
    """Raises ServiceError for what PutParameter's documentation refuses."""
    name, value, pattern = given["Name"], given["Value"], given.get("AllowedPattern")
    if not NAME.fullmatch(name):
        raise ServiceError("ValidationException", f"Parameter name: can't have signs other than a-zA-Z0-9_.-/: {name}")
    if RESERVED.match(name):
        raise ServiceError("AccessDeniedException", f"No access to reserved parameter name: {name.lstrip('/')}.")
    if pattern and not re.fullmatch(pattern, value):
        message = f"Parameter value, cannot be validated against allowedPattern: {pattern}"
        raise ServiceError("ParameterPatternMismatchException", message)


def _passes(parameter: Parameter, wanted: Mapping[str, Any]) -> bool:
    """Whether a parameter passes one filter of DescribeParameters; keys that are not known here let it through."""
    values, option = wanted.get("Values") or (), wanted.get("Option", "Equals")
    if wanted["Key"] == "Type":
        return parameter.type in values
    if wanted["Key"] == "Path":
        return any(parameter.name.startswith(value.rstrip("/") + "/") for value in values)
    if wanted["Key"].startswith("tag:"):
        tag = parameter.tags.get(wanted["Key"].removeprefix("tag:"))
        return tag is not None and (not values or tag in values)
    if wanted["Key"] != "Name":
        return True
    tests: Mapping[str, Callable[[str], bool]] = {
        "Equals": lambda value: parameter.name in {value, f"/{value}"},
        "BeginsWith": lambda value: parameter.name.lstrip("/").startswith(value.lstrip("/")),
        "Contains": lambda value: value in parameter.name,
    }
    return any(tests[option](value) for value in values)


def _metadata(parameter: Parameter) -> dict[str, Any]:
    return {
        "Name": parameter.name,
        "Type": parameter.type,
        "Version": len(parameter.values),
        "LastModifiedDate": parameter.modified_epoch,
        "Description": parameter.description,
        "Tier": "Standard",
        "DataType": "text",
    }
