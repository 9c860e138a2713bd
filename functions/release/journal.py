"""The release table: which deployment holds a release, what was rejected, who may move a stage now, and what happened.

Losing it loses history only; where a stage is, GetStage says. Items, by `pk` and `sk`:

    api#<rest api>    release#<release>     deployment, at
    stage#<stage>     wanted                release               what the last deploy asked for
    stage#<stage>     rejected#<release>    reason, at, lifted
    stage#<stage>     approved              release               what may be promoted
    stage#<stage>     lease                 owner, expires, fencing
    stage#<stage>     history#<fencing>     verb, release, before, after, by, at, finished
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from .history import Entry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Longer than a plan takes with every retry, shorter than an operator's patience with a crashed one.
LEASE_SECONDS = 120


class LeaseHeldError(Exception):
    """Somebody else is moving the stage now."""


@dataclass
class Journal:
    """The table of one environment. Times are seconds since 1970."""

    client: "DynamoDBClient"
    table: str

    def deployment(self, api: str, release: str) -> str | None:
        """The deployment of a release, as far as the journal knows."""
        return self._text(f"api#{api}", f"release#{release}", "deployment")

    def remember(self, api: str, release: str, deployment: str, now: float) -> None:
        """Note which deployment holds a release, and that it was published now."""
        self._put(f"api#{api}", f"release#{release}", {"deployment": deployment, "at": str(now)})

    def published(self, api: str) -> dict[str, float]:
        """When each release was last published."""
        items = self._query(f"api#{api}", "release#")
        return {item["sk"]["S"].removeprefix("release#"): float(item.get("at", {"S": "0"})["S"]) for item in items}

    def wanted(self, stage: str) -> str | None:
        """The release that the last deploy asked for."""
        return self._text(f"stage#{stage}", "wanted", "release")

    def want(self, stage: str, release: str) -> None:
        """Note what a deploy asks for."""
        self._put(f"stage#{stage}", "wanted", {"release": release})

    def approved(self, stage: str) -> str | None:
        """The release that somebody approved for promotion."""
        return self._text(f"stage#{stage}", "approved", "release")

    def approve(self, stage: str, release: str, *, by: str, now: float) -> None:
        """Note who lets a release be promoted."""
        self._put(f"stage#{stage}", "approved", {"release": release, "by": by, "at": str(now)})

    def rejected(self, stage: str) -> frozenset[str]:
        """Releases that were rolled back from the stage and not asked for again."""
        items = self._query(f"stage#{stage}", "rejected#")
        return frozenset(item["sk"]["S"].removeprefix("rejected#") for item in items if item["lifted"]["S"] == "no")

    def reject(self, stage: str, release: str, *, reason: str, now: float) -> None:
        """Remember that a release was rolled back."""
        self._put(f"stage#{stage}", f"rejected#{release}", {"reason": reason, "at": str(now), "lifted": "no"})

    def lift(self, stage: str, release: str, *, now: float) -> None:
        """Forget a rejection: somebody asked for the release again."""
        if release in self.rejected(stage):
            self._put(f"stage#{stage}", f"rejected#{release}", {"reason": "lifted", "at": str(now), "lifted": "yes"})

    @contextmanager
    def lease(self, stage: str, owner: str, now: float) -> Iterator[int]:
        """Hold the stage; gives the fencing number, which only grows. Raises LeaseHeldError."""
        fencing = self._acquire(stage, owner, now)
        try:
            yield fencing
        finally:
            self._release(stage, owner)

    def write(self, stage: str, entry: Entry) -> None:
        """Put down an entry; the same number again replaces it."""
        attributes = {
            "verb": entry.verb,
            "release": entry.release or "",
            "before": json.dumps(dict(entry.before)),
            "after": json.dumps(dict(entry.after)),
            "by": entry.by,
            "at": str(entry.at),
            "finished": "yes" if entry.finished else "no",
        }
        self._put(f"stage#{stage}", f"history#{entry.fencing:012d}", attributes)

    def history(self, stage: str, limit: int = 50) -> list[Entry]:
        """The newest entries first."""
        return [_entry(item) for item in self._query(f"stage#{stage}", "history#", limit)]

    def _acquire(self, stage: str, owner: str, now: float) -> int:
        try:
            answer = self.client.update_item(
                TableName=self.table,
                Key=_key(f"stage#{stage}", "lease"),
                UpdateExpression="SET #owner = :owner, #expires = :expires ADD #fencing :one",
                ConditionExpression="attribute_not_exists(#owner) OR #expires < :now OR #owner = :owner",
                ExpressionAttributeNames={"#owner": "owner", "#expires": "expires", "#fencing": "fencing"},
                ExpressionAttributeValues={
                    ":owner": {"S": owner},
                    ":expires": {"N": str(now + LEASE_SECONDS)},
                    ":now": {"N": str(now)},
                    ":one": {"N": "1"},
                },
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            raise LeaseHeldError(f"stage {stage} is being moved by somebody else") from error
        return int(answer["Attributes"]["fencing"]["N"])

    def _release(self, stage: str, owner: str) -> None:
        """Let go, unless the lease ran out and is somebody else's by now."""
        try:
            self.client.update_item(
                TableName=self.table,
                Key=_key(f"stage#{stage}", "lease"),
                UpdateExpression="REMOVE #owner",
                ConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={":owner": {"S": owner}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def _text(self, pk: str, sk: str, attribute: str) -> str | None:
        item = self.client.get_item(TableName=self.table, Key=_key(pk, sk), ConsistentRead=True).get("Item", {})
        return item[attribute]["S"] if attribute in item else None

    def _put(self, pk: str, sk: str, attributes: Mapping[str, str]) -> None:
        item: Any = {**_key(pk, sk), **{name: {"S": text} for name, text in attributes.items()}}
        self.client.put_item(TableName=self.table, Item=item)

    def _query(self, pk: str, prefix: str, limit: int = 200) -> list[Mapping[str, Any]]:
        answer: Mapping[str, Any] = self.client.query(
            TableName=self.table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": {"S": pk}, ":prefix": {"S": prefix}},
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=limit,
        )
        return list(answer["Items"])


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _entry(item: Mapping[str, Any]) -> Entry:
    return Entry(
        verb=item["verb"]["S"],
        release=item["release"]["S"] or None,
        before=json.loads(item["before"]["S"]),
        after=json.loads(item["after"]["S"]),
        by=item["by"]["S"],
        at=float(item["at"]["S"]),
        fencing=int(item["sk"]["S"].removeprefix("history#")),
        finished=item["finished"]["S"] == "yes",
    )
