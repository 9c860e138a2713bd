"""Integrations' calls of AWS services, carried to this cloud's own port: they arrive as boto3's would, SNS and rules included."""

from ..dataplane.http_backend import HttpClient, Outgoing
from ..dataplane.message import Response
from ..dataplane.service_call import ServiceCall
from ..roles import Roles
from .clients import ANY_KEY

_DATE = "20150709"  # signatures are not checked here; only the scope is read


class LoopbackServices:
    """`Services` at one endpoint."""

    def __init__(self, client: HttpClient, endpoint_url: str, roles: Roles) -> None:
        self._client = client
        self._endpoint_url = endpoint_url
        self._roles = roles

    async def send(self, call: ServiceCall) -> Response:
        """One HTTP request, signed in name by the role's session or by the caller that is passed on."""
        key = call.access_key or ANY_KEY
        if call.credentials is not None:
            key = self._roles.access_key(call.credentials, call.operation)
        scope = f"{key}/{_DATE}/{call.region}/{call.service}/aws4_request"
        signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
        headers = (*call.headers, (b"X-Amz-Date", f"{_DATE}T000000Z".encode()), (b"Authorization", signed.encode()))
        return await self._client.send(
            Outgoing(call.method, self._endpoint_url + call.target, headers, call.body, call.timeout_seconds)
        )
