"""A large document served by `headgate up --mock`: every operation called, forbidden requests sent, answers held to the ledger."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import yaml

from headgate import spec
from headgate.local.mock.requests import Sample, samples
from tests.laws.reading import UnreadableError
from tests.spec.corpus_files import sample

from .gateway import Answer, Client, Gateway, up
from .large_reading import Answers, Operation, Place, Requests, answer_schema, operations, success
from .large_variants import Variant, variants

SEED = 20_261_121
_REFUSALS = {400, 401, 403, 413, 415, 422}
STRICT, GATEWAY = "x-headgate-strict", "x-amzn-errortype"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML whose dates are texts."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in _Loader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Verdict:
    """What became of a forbidden request. `level` is the ledger's, `wrong` says how the answer differs from it."""

    variant: Variant
    level: str
    answer: Answer
    wrong: str

    def __str__(self) -> str:
        told = self.answer.headers.get("x-headgate-problem") or self.answer.body[:200].decode("utf-8", "replace")
        return f"{self.wrong}: {self.variant} -> {self.answer.status} {told}"


@dataclass
class Served:
    """One document behind one gateway. `is_strict`: every operation has `validate: strict`."""

    path: Path
    gateway: Gateway
    is_strict: bool = False
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = Client(self.gateway.url)

    @cached_property
    def document(self) -> Any:
        return read(self.path)

    @cached_property
    def compiled(self) -> spec.CompiledApi:
        """As for AWS: the ledger is about that, not about a mock."""
        found, problems = spec.compile_document(self.path, spec.Target("mock", unbound="deny"))
        assert found is not None, problems
        return found.apis[0]

    @cached_property
    def rows(self) -> dict[str, tuple[str, str]]:
        return {row["pointer"]: (row["level"], row["reason"]) for row in self.compiled.ledger}

    @cached_property
    def operations(self) -> dict[str, Operation]:
        served = self.compiled.validators["operations"]
        return {operation.key: operation for operation in operations(self.document) if operation.key in served}

    def samples(self, *, optional: bool) -> dict[str, Sample]:
        return {each.operation: each for each in samples(self.compiled.validators, optional=optional)}

    def send(self, request: Sample, *, has_credential: bool = True) -> Answer:
        """The answer, with the credential that the operation asks for."""
        given = dict(request.headers)
        if has_credential and request.operation in self.operations:
            given |= self.credential(self.operations[request.operation])
        return self.client.request(request.target, request.method, headers=given, body=request.body or None)

    def credential(self, operation: Operation) -> dict[str, str]:
        """Headers for the first alternative of the operation."""
        printed = {row["scheme"]: row for row in self.gateway.ready["credentials"]}
        alternatives, _ = operation.security
        needed = next((list(one) for one in alternatives if all(name in printed for name in one)), [])
        return {printed[name]["name"]: printed[name]["value"] for name in needed if printed[name]["in"] == "header"}

    def variants(self) -> list[Variant]:
        """Forbidden requests for every operation, in the document's order."""
        least, full, reading = self.samples(optional=False), self.samples(optional=True), Requests(self.document)
        return [
            each
            for key, operation in self.operations.items()
            for each in variants(operation, least[key], full[key], reading)
            if not each.has_credential or len(self.sharing(operation)) == 1
        ]

    def sharing(self, operation: Operation) -> list[Operation]:
        """Operations that only a fragment or a variable's name tells apart: what one of them takes is allowed (HG160)."""
        return [each for each in self.operations.values() if _route(each) == _route(operation)]

    def chosen(self, most: int) -> list[Variant]:
        """At most so many, one of each kind for as many operations as there is room; always the same."""
        found = self.variants()
        random = Random(f"{SEED} {self.path.name}")
        return found if len(found) <= most else random.sample(found, most)

    def verdict(self, variant: Variant) -> Verdict:
        """Sends a forbidden request."""
        level, reason = self.promised(variant)
        answer = self.send(variant.request, has_credential=variant.has_credential)
        return Verdict(variant, level, answer, _wrong(variant, level, reason, answer))

    def promised(self, variant: Variant) -> tuple[str, str]:
        """The weakest level of the construct and of what it stands in."""
        level, reason = self.rows[variant.pointer]
        if level == "gateway" and "another media type passes" in reason:
            return "validator", reason  # the row of `content`: what it holds is the gateway's
        if level == "gateway":
            for pointer in variant.over:
                level = "validator" if self.rows[pointer][0] != "gateway" else level
        return level, reason


def _route(operation: Operation) -> str:
    return re.sub(r"\{[^}]*\}", "{}", operation.key.partition("#")[0])


def _wrong(variant: Variant, level: str, reason: str, answer: Answer) -> str:
    """How an answer breaks the ledger's promise; nothing when it keeps it."""
    is_refused, is_marked = answer.status in _REFUSALS, STRICT in answer.headers
    is_gateways = GATEWAY in answer.headers
    if not variant.is_forbidden:
        if level != "published":
            return f"the ledger promises {level} for what binds nobody"
        return "" if not is_refused else "refused though nothing forbids it"
    if level in {"published", "refused"}:
        return f"forbidden, and the ledger says {level}"
    if not is_refused:
        return f"promised {level}, not refused"
    if level == "gateway":
        # A mock leaves required queries to the mock (decision 5), which says whether API Gateway would refuse.
        is_query = "without query" in variant.what
        return "" if is_gateways or (is_query and not is_marked) else "promised gateway, refused later"
    if "aggregator enforces" in reason:
        return "" if not is_marked and not is_gateways else "promised the aggregator, refused elsewhere"
    return "" if is_marked or is_gateways else "promised validator, refused without a word that AWS lets it pass"


def called(served: Served, *, with_everything: bool) -> dict[str, str]:
    """What is wrong with the answers to allowed requests, by operation: with what is required, and with all that is optional."""
    found: dict[str, str] = {}
    reading = Answers(served.document)
    for optional in (False, True) if with_everything else (False,):
        requests = served.samples(optional=optional)
        for key in served.compiled.validators["operations"]:
            problem = "no request" if key not in requests else _answer_problem(served, key, requests[key], reading)
            if problem:
                found[f"{key}{' with everything' if optional else ''}"] = problem
    return found


def _answer_problem(served: Served, key: str, request: Sample, reading: Answers) -> str:
    answer = served.send(request)
    if key not in served.operations:
        return "" if answer.status // 100 == 2 else f"{answer.status}"
    meant = [success(each) for each in served.sharing(served.operations[key])]
    found = [_against(answer, status, response, reading) for status, response in meant]
    return "" if "" in found else found[0]


def _against(answer: Answer, status: int, response: Place | None, reading: Answers) -> str:
    if answer.status != status:
        return f"{answer.status} rather than {status}: {answer.body[:200]!r}"
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    schema = answer_schema(response, answer.headers.get("content-type", "")) or answer_schema(response, media_type)
    if schema is None or not answer.body or "json" not in media_type:
        return ""
    try:
        validator = reading.validator(schema)
    except (UnreadableError, RecursionError):
        return ""
    return "" if validator.is_valid(answer.json) else f"the body breaks its schema: {answer.body[:200]!r}"


def summary(verdicts: list[Verdict]) -> Counter[str]:
    """How often each level was promised, and who refused."""
    found: Counter[str] = Counter()
    for one in verdicts:
        who = "gateway" if GATEWAY in one.answer.headers else "marked" if STRICT in one.answer.headers else "other"
        found[f"{one.level}: {who if one.answer.status in _REFUSALS else 'let through'}"] += 1
    return found


@contextmanager
def serving(name: str, folder: Path, *, is_strict: bool = False) -> Iterator[Served]:
    """A document of the corpus behind `headgate up --mock`, as it is or with `validate: strict` everywhere."""
    path = folder / name
    content = sample(name).path.read_bytes()
    if is_strict:
        value = {**read(sample(name).path), "x-headgate": {"validate": "strict"}}
        content = json.dumps(value, default=str).encode()
        path = path.with_suffix(".json")
    path.write_bytes(content)
    with up("--spec", str(path), "--mock", "--no-watch", folder=folder) as gateway:
        served = Served(path, gateway, is_strict)
        try:
            yield served
        finally:
            served.client.close()


def read(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.load(text, _Loader)
