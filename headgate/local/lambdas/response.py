"""Lambda's API over HTTP: what moto's own response class lacks or gets wrong. Settings are in `response_beside`."""

import json
from typing import Any
from urllib.parse import unquote

from . import checks
from .errors import NotHereError
from .paging import page
from .response_beside import BesideResponse

STATUS = {"Event": 202, "DryRun": 204}


class InvokeResponse(BesideResponse):
    """moto's Lambda API with an Invoke of our own."""

    def invoke(self) -> tuple[int, dict[str, str], Any]:
        """`POST /2015-03-31/functions/{name or ARN}/invocations?Qualifier=`."""
        name = unquote(self.path.rsplit("/", 2)[-2])
        qualifier = self.querystring.get("Qualifier", [None])[0]
        headers: dict[str, str] = {"content-type": "application/json"}
        answer = self.lambdas.invoke(name, qualifier, self.raw_body, self.headers, headers)
        if self.headers.get("X-Amz-Log-Type") != "Tail":
            headers.pop("x-amz-log-result", None)
        status = STATUS.get(self.headers.get("X-Amz-Invocation-Type", ""), 200)
        headers["status"] = str(status)  # where moto reads it
        return status, headers, answer

    def invoke_async(self) -> tuple[int, dict[str, str], Any]:
        """The old way to invoke asynchronously."""
        self.lambdas.invoke(self.named()[0], None, self.raw_body, {"X-Amz-Invocation-Type": "Event"}, {})
        return 202, {"status": "202"}, b"{}"

    def invoke_with_response_stream(self) -> Any:
        """There are no streams here."""
        raise NotHereError("InvokeWithResponseStream", "call Invoke, which answers with the whole payload")

    # ---- functions and versions

    def get_function(self) -> str:
        """GetFunction; the code can be fetched from where it says."""
        name, qualifier = self.named()
        function: Any = self.lambdas.get_function(name, qualifier or None)
        answer = function.get_code()
        answer["Code"] = {"RepositoryType": "S3", "Location": type(self.lambdas).code_url(function.code_digest)}
        answer["Configuration"] = self._configuration(function, name, qualifier)
        return json.dumps(answer)

    def get_function_configuration(self) -> str:
        """GetFunctionConfiguration."""
        name, qualifier = self.named()
        return json.dumps(self._configuration(self.lambdas.get_function(name, qualifier or None), name, qualifier))

    def _configuration(self, function: Any, name: str, qualifier: str) -> dict[str, Any]:
        """The ARN is as qualified as it was asked for."""
        configuration: dict[str, Any] = function.get_configuration()
        if qualifier == "$LATEST" or (qualifier and self.lambdas.alias(name, qualifier)):
            configuration["FunctionArn"] = f"{self.lambdas.get_function(name).function_arn}:{qualifier}"
        return configuration

    def list_functions(self) -> str:
        """ListFunctions."""
        found = self.lambdas.list_functions(self.querystring.get("FunctionVersion", [None])[0])
        return json.dumps(page("Functions", [one.get_configuration() for one in found], self.querystring))

    def list_versions_by_function(self) -> str:
        """ListVersionsByFunction."""
        self.lambdas.get_function(self.named()[0])
        found = self.lambdas.list_versions_by_function(self.named()[0])
        return json.dumps(page("Versions", [one.get_configuration() for one in found], self.querystring))

    def publish_version(self) -> Any:
        """PublishVersion, for the code and the revision that the caller means."""
        function: Any = self.lambdas.get_function(unquote(self.path.split("/")[-2]))
        checks.check_digest(self._get_param("CodeSha256"), function.code_sha_256)
        checks.check_revision(self._get_param("RevisionId"), function.revision_id)
        return super().publish_version()

    # ---- aliases

    def create_alias(self) -> Any:
        """CreateAlias."""
        name, wanted = self.named()[0], self.json_body["Name"]
        checks.check_alias(wanted)
        function: Any = self.lambdas.get_function(name)
        self._check_routing(self.json_body["FunctionVersion"])
        if self.lambdas.alias(name, wanted):
            raise checks.RefusedError(
                "ResourceConflictException", f"Alias already exists: {function.function_arn}:{wanted}", 409
            )
        return super().create_alias()

    def update_alias(self) -> Any:
        """UpdateAlias, which gives it a new revision."""
        name = self.named()[0]
        alias: Any = self.lambdas.get_alias(unquote(self.uri_match["Name"]), name)
        checks.check_revision(self.json_body.get("RevisionId"), alias.revision_id)
        self._check_routing(self.json_body.get("FunctionVersion") or alias.function_version)
        super().update_alias()
        alias.revision_id = self.lambdas.new_revision()
        return json.dumps(alias.to_json())

    def _check_routing(self, version: str) -> None:
        routing = self.json_body.get("RoutingConfig")
        checks.check_routing(version, routing)
        for other in (routing or {}).get("AdditionalVersionWeights") or {}:
            self.lambdas.get_function(self.named()[0], other)

    def list_aliases(self) -> Any:
        """ListAliases, of one version if that is asked for."""
        self.lambdas.get_function(self.named()[0])
        version = self.querystring.get("FunctionVersion", [None])[0]
        found = self.lambdas.list_aliases(self.named()[0])
        told = [alias.to_json() for alias in found if version in (None, alias.function_version)]
        return json.dumps(page("Aliases", told, self.querystring))

    # ---- layers

    def get_layer_version(self) -> str:
        """GetLayerVersion."""
        name, number = self.uri_match["LayerName"], self.uri_match["VersionNumber"]
        arn = f"{self.lambdas.get_layer_arn(unquote(name))}:{number}"
        return self._layer_version(arn)

    def get_layer_version_by_arn(self) -> str:
        """GetLayerVersionByArn."""
        return self._layer_version(self.querystring["Arn"][0])

    def _layer_version(self, arn: str) -> str:
        layer: Any = self.lambdas.layers_versions_by_arn(arn)
        if layer is None:
            raise checks.RefusedError("ResourceNotFoundException", "The resource you requested does not exist.", 404)
        told = layer.get_layer_version()
        told["Content"]["Location"] = type(self.lambdas).code_url(layer.code_digest)
        return json.dumps(told)

    def list_layers(self) -> str:
        """ListLayers."""
        return json.dumps(page("Layers", list(self.lambdas.list_layers()), self.querystring))

    def list_layer_versions(self) -> str:
        """ListLayerVersions, the newest first."""
        found: Any = self.lambdas.list_layer_versions(unquote(self.uri_match["LayerName"]))
        told = [layer.get_layer_version() for layer in sorted(found, key=lambda one: one.version, reverse=True)]
        for one in told:
            del one["Content"]
        return json.dumps(page("LayerVersions", told, self.querystring))
