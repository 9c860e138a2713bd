"""How each AWS service wants to be spoken to: read from botocore's models, which SDKs use."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import botocore.session

# Names in integration URIs (endpoint prefixes) that differ from botocore's names of services.
_NAMES = {
    "states": "stepfunctions",
    "monitoring": "cloudwatch",
    "email": "ses",
    "elasticmapreduce": "emr",
    "runtime.sagemaker": "sagemaker-runtime",
    "runtime.lex": "lex-runtime",
    "streams.dynamodb": "dynamodbstreams",
    "data.iot": "iot-data",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """`protocols` in botocore's words (`json`, `query`, `rest-xml`, ...), the preferred one first."""

    service: str
    signing_name: str
    protocols: tuple[str, ...]
    json_version: str
    target_prefix: str
    api_version: str

    @property
    def speaks_query(self) -> bool:
        """Whether `Action=` in a form is understood."""
        return bool({"query", "ec2"} & set(self.protocols))

    @property
    def is_rest(self) -> bool:
        """Whether paths and verbs say what is wanted."""
        return self.protocols[0].startswith("rest")

    @property
    def media_type(self) -> str:
        """The Content-Type of its JSON protocol."""
        return f"application/x-amz-json-{self.json_version}"


@lru_cache(maxsize=1)
def _session() -> Any:
    return botocore.session.Session()


@lru_cache(maxsize=64)
def _model(service: str) -> Any:
    return _session().get_service_model(service)


@lru_cache(maxsize=64)
def dialect_of(name: str) -> Dialect | None:
    """The service of a name in an integration URI, or None."""
    service = _NAMES.get(name, name)
    if service not in _session().get_available_services():
        return None
    metadata = _model(service).metadata
    protocol = str(metadata["protocol"])
    others = [str(one) for one in metadata.get("protocols", ()) if one != protocol]
    if "awsQueryCompatible" in metadata:  # SQS: JSON by now, and the old protocol as ever
        others.append("query")
    return Dialect(
        service=service,
        signing_name=str(metadata.get("signingName") or metadata["endpointPrefix"]),
        protocols=(protocol, *others),
        json_version=str(metadata.get("jsonVersion", "1.1")),
        target_prefix=str(metadata.get("targetPrefix", "")),
        api_version=str(metadata["apiVersion"]),
    )


@lru_cache(maxsize=256)
def rest_operation(service: str, action: str) -> tuple[str, str] | None:
    """(verb, path template) of an operation of a REST service: `("GET", "/{Bucket}/{Key+}")`; None when there is none."""
    model = _model(service)
    if action not in model.operation_names:
        return None
    http = model.operation_model(action).http
    return str(http["method"]), str(http["requestUri"])


@lru_cache(maxsize=256)
def output_members(service: str, action: str) -> tuple[str, ...]:
    """The members of an operation's answer, for the old protocol that prints missing ones as null (FACTS 8.37)."""
    model = _model(service)
    if action not in model.operation_names:
        return ()
    shape = model.operation_model(action).output_shape
    return tuple(shape.members) if shape is not None else ()
