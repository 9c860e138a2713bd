"""One REST API in an account, written over again and again: control plane quotas allow one new API per half minute."""

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import ClientError

STAGE = "probe"
# New deployments reach all front ends within a few seconds.
ATTEMPTS, PAUSE_SECONDS = 40, 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call got."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Imported:
    """`error` is the importer's refusal, None when it accepted the document without a warning."""

    error: str | None = None


@dataclass(slots=True)
class Account:
    """`client` is API Gateway's; `endpoint` that of a local cloud, None for AWS. `pause` waits between two attempts of a call,
    `aws` gives a client of another service.
    """

    client: Any
    region: str
    endpoint: str | None = None
    pause: Callable[[float], None] = time.sleep
    aws: Callable[[str], Any] = boto3.client
    api_id: str = ""
    _mark: str = field(default="")

    def open(self) -> None:
        """Creates the API."""
        self.api_id = self.client.create_rest_api(name=f"headgate-probe-{uuid.uuid4().hex[:8]}")["id"]

    def close(self) -> None:
        """Deletes it with all stages and deployments."""
        if self.api_id:
            self.client.delete_rest_api(restApiId=self.api_id)
            self.api_id = ""

    def put(self, document: Mapping[str, Any]) -> Imported:
        """Imports a document over what is there, warnings refused."""
        body = json.dumps(document).encode()
        try:
            self.client.put_rest_api(restApiId=self.api_id, mode="overwrite", failOnWarnings=True, body=body)
        except ClientError as error:
            return Imported(error.response["Error"].get("Message", str(error)))
        return Imported()

    def serve(self, document: dict[str, Any]) -> Imported:
        """Imports, deploys, and waits until calls reach what was deployed."""
        self._mark = uuid.uuid4().hex[:12]
        marked = {**document, "paths": {**document["paths"], f"/ready-{self._mark}": {"get": mock()}}}
        imported = self.put(marked)
        if imported.error is not None:
            return imported
        self.client.create_deployment(restApiId=self.api_id, stageName=STAGE)
        for _ in range(ATTEMPTS):
            if self.call("GET", f"/ready-{self._mark}").status == 200:
                return imported
            self.pause(PAUSE_SECONDS)
        raise TimeoutError(f"the deployment of {self.api_id} answers no calls")

    @property
    def patience(self) -> int:
        """How often to look for what AWS tells minutes later."""
        return 1 if self.endpoint else 12

    @property
    def url(self) -> str:
        """Where the stage answers."""
        if self.endpoint is not None:
            return f"{self.endpoint}/_aws/execute-api/{self.api_id}/{STAGE}"
        return f"https://{self.api_id}.execute-api.{self.region}.amazonaws.com/{STAGE}"

    def call(
        self, method: str, path: str, *, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request; an error status is an answer too."""
        data = None if body is None else body.encode()
        sent = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=sent)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return Answer(response.status, dict(response.headers), response.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read().decode())

    def resource(self, path: str) -> Any:
        """The resource at a path, with its methods."""
        found = self.client.get_resources(restApiId=self.api_id, limit=500, embed=["methods"])["items"]
        return next((resource for resource in found if resource["path"] == path), None)


def mock(**members: Any) -> dict[str, Any]:
    """A method that answers 200 by itself."""
    return {
        "responses": {"200": {"description": "OK"}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "contentHandling": "CONVERT_TO_TEXT",  # FACTS 8.28: else 500 where */* is a binary media type
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "responses": {"default": {"statusCode": "200"}},
        },
        **members,
    }


def document(paths: dict[str, Any], **members: Any) -> dict[str, Any]:
    """An OpenAPI 3.0.1 document around these paths, with a request validator `all`."""
    checks = {"all": {"validateRequestBody": True, "validateRequestParameters": True}}
    info = {"title": "probe", "version": "1"}
    return {
        "openapi": "3.0.1",
        "info": info,
        "paths": paths,
        "x-amazon-apigateway-request-validators": checks,
        **members,
    }


def checked(schema: Any, *, required: bool = True, **models: Any) -> dict[str, Any]:
    """A document whose `POST /checked` has a body of a named model."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Probe"}}}
    post = mock(
        requestBody={"required": required, "content": content}, **{"x-amazon-apigateway-request-validator": "all"}
    )
    return document({"/checked": {"post": post}}, components={"schemas": {"Probe": schema, **models}})
