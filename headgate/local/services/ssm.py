"""SSM Parameter Store, the part that CDK, its bootstrap and functions use. moto's SSM would load EC2: half a second and 75 MB."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .json_service import ServiceError, json_service

PAGE = 10  # GetParametersByPath's default and largest


@dataclass
class Parameter:
    """One name with all its versions, newest last."""

    name: str
    type: str
    values: list[str]
    modified_epoch: float
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)


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
        existing = self._parameters.get((region, name))
        if existing is None:
            tags = {tag["Key"]: tag["Value"] for tag in given.get("Tags", ())}
            kind, about = given.get("Type", "String"), given.get("Description", "")
            made = Parameter(name, kind, [given["Value"]], self._now(), about, tags)
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
        found = self._find(region, given["Name"])
        if found is None:
            raise ServiceError("ParameterNotFound", f"Parameter {given['Name']} not found.")
        return {"Parameter": found}

    def _get_several(self, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        found = {name: self._find(region, name) for name in given["Names"]}
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
        return {"Parameters": [self._find(region, name) for name in names[start:end]], **more}

    def _describe(self, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
        wanted = {
            value
            for part in given.get("ParameterFilters", ())
            if part["Key"] == "Name" and part.get("Option", "Equals") == "Equals"
            for value in part["Values"]
        }
        shown = [_metadata(parameter) for parameter in self._of(region) if not wanted or parameter.name in wanted]
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

    def _find(self, region: str, reference: str) -> dict[str, Any] | None:
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
            "Value": parameter.values[number - 1],
            "Version": number,
            "LastModifiedDate": parameter.modified_epoch,
            "ARN": f"arn:aws:ssm:{region}:{self._account_id}:parameter/{parameter.name.lstrip('/')}",
            "DataType": "text",
        }


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
