"""Invoke's HTTP side. moto looks for the qualifier under a wrong name, and would take one out of the event's own JSON."""

from typing import Any
from urllib.parse import unquote

from moto.awslambda.responses import LambdaResponse

from .checks import check_digest, check_revision, check_routing

STATUS = {"Event": 202, "DryRun": 204}


class InvokeResponse(LambdaResponse):
    """moto's Lambda API with an Invoke of our own."""

    def invoke(self) -> tuple[int, dict[str, str], Any]:
        """`POST /2015-03-31/functions/{name or ARN}/invocations?Qualifier=`."""
        name = unquote(self.path.rsplit("/", 2)[-2])
        qualifier = self.querystring.get("Qualifier", [None])[0]
        headers: dict[str, str] = {"content-type": "application/json"}
        answer = self.backend.invoke(name, qualifier, self.raw_body, self.headers, headers)
        if self.headers.get("X-Amz-Log-Type") != "Tail":
            headers.pop("x-amz-log-result", None)
        status = STATUS.get(self.headers.get("X-Amz-Invocation-Type", ""), 200)
        headers["status"] = str(status)  # where moto reads it
        return status, headers, answer

    def publish_version(self) -> Any:
        """PublishVersion, for the code and the revision that the caller means."""
        function: Any = self.backend.get_function(unquote(self.path.split("/")[-2]))
        check_digest(self._get_param("CodeSha256"), function.code_sha_256)
        check_revision(self._get_param("RevisionId"), function.revision_id)
        return super().publish_version()

    def create_alias(self) -> Any:
        """CreateAlias."""
        check_routing(self._get_param("FunctionVersion"), self._get_param("RoutingConfig"))
        return super().create_alias()
