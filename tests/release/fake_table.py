"""A DynamoDB table in memory: as much of boto3's client as the journal uses."""

# ruff: noqa: N803 - boto3's own parameter names
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError


@dataclass
class FakeTable:
    """Items by (pk, sk). Knows the two conditions that the lease is taken and given back with."""

    items: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def get_item(self, *, Key: dict[str, Any], **_: Any) -> dict[str, Any]:
        found = self.items.get(_key(Key))
        return {"Item": dict(found)} if found else {}

    def put_item(self, *, Item: dict[str, Any], **_: Any) -> None:
        self.items[_key(Item)] = Item

    def query(self, *, ExpressionAttributeValues: dict[str, Any], Limit: int, **_: Any) -> dict[str, Any]:
        pk, prefix = ExpressionAttributeValues[":pk"]["S"], ExpressionAttributeValues[":prefix"]["S"]
        found = [item for key, item in self.items.items() if key[0] == pk and key[1].startswith(prefix)]
        return {"Items": sorted(found, key=lambda item: item["sk"]["S"], reverse=True)[:Limit]}

    def update_item(
        self, *, Key: dict[str, Any], ExpressionAttributeValues: dict[str, Any], **rest: Any
    ) -> dict[str, Any]:
        item = self.items.setdefault(_key(Key), dict(Key))
        owner = ExpressionAttributeValues[":owner"]
        if rest["UpdateExpression"].startswith("REMOVE"):
            self._require(item.get("owner") == owner)
            del item["owner"]
            return {}
        now = float(ExpressionAttributeValues[":now"]["N"])
        free = "owner" not in item or float(item["expires"]["N"]) < now or item["owner"] == owner
        self._require(free)
        fencing = int(item.get("fencing", {"N": "0"})["N"]) + 1
        item |= {"owner": owner, "expires": ExpressionAttributeValues[":expires"], "fencing": {"N": str(fencing)}}
        return {"Attributes": item}

    def _require(self, condition: bool) -> None:
        if not condition:
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": "no"}}, "UpdateItem")


def _key(key: dict[str, Any]) -> tuple[str, str]:
    return key["pk"]["S"], key["sk"]["S"]
