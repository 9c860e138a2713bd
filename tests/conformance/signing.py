"""Signs a request for execute-api with Signature Version 4, in headers or in the query, with a clock that may be wrong."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .control import REGION


def signed(verb: str, url: str, *, body: bytes, headers: Mapping[str, str], how: Mapping[str, Any]) -> AWSRequest:
    """`how` is {key, secret, token?, age? (seconds), query?}; the result has the url and headers to send."""
    request = AWSRequest(method=verb, url=url, data=body, headers=dict(headers))
    credentials = Credentials(how["key"], how["secret"], how.get("token"))
    kind = _aged(SigV4QueryAuth if how.get("query") else SigV4Auth, float(how.get("age", 0)))
    kind(credentials, "execute-api", REGION).add_auth(request)
    return request


def _aged(kind: type[SigV4Auth], seconds: float) -> type[SigV4Auth]:
    """A signer that believes it is `seconds` earlier."""
    if not seconds:
        return kind
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds)

    class Aged(kind):  # type: ignore[valid-type,misc]
        def add_auth(self, request: AWSRequest) -> None:
            request.context["timestamp"] = moment.strftime("%Y%m%dT%H%M%SZ")
            self._modify_request_before_signing(request)
            request.headers["X-Amz-Date"] = request.context["timestamp"]
            canonical = self.canonical_request(request)
            signature = self.signature(self.string_to_sign(request, canonical), request)
            self._inject_signature_to_request(request, signature)

    return Aged
