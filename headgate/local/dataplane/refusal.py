"""Errors the gateway itself makes, as one exception that carries its gateway response type (FACTS 1)."""

from dataclasses import dataclass

INTERNAL = "Internal server error"


@dataclass(frozen=True, slots=True)
class Kind:
    """A gateway response type as it is without customisation.

    `spaced` says whether the default body has a space after the colon; recorded for the 36-byte "Internal server error" and
    the 42-byte "Missing Authentication Token", documented for the 400s (FACTS 11).
    """

    status: int
    error_type: str
    message: str | None
    spaced: bool = False


# FACTS 1.1 (types and statuses), 1.3 to 1.18 (messages and x-amzn-ErrorType).
KINDS: dict[str, Kind] = {
    "ACCESS_DENIED": Kind(403, "AccessDeniedException", "User is not authorized to access this resource"),
    "API_CONFIGURATION_ERROR": Kind(500, "InternalServerErrorException", INTERNAL, spaced=True),
    "AUTHORIZER_CONFIGURATION_ERROR": Kind(500, "AuthorizerConfigurationException", None),
    "AUTHORIZER_FAILURE": Kind(500, "AuthorizerConfigurationException", None),
    "BAD_REQUEST_BODY": Kind(400, "BadRequestException", "Invalid request body", spaced=True),
    "BAD_REQUEST_PARAMETERS": Kind(400, "BadRequestException", "Missing required request parameters", spaced=True),
    "EXPIRED_TOKEN": Kind(403, "ExpiredTokenException", "The security token included in the request is expired"),
    "INTEGRATION_FAILURE": Kind(
        504, "InternalServerErrorException", "Network error communicating with endpoint", spaced=True
    ),
    "INTEGRATION_TIMEOUT": Kind(504, "InternalServerErrorException", "Endpoint request timed out", spaced=True),
    "INVALID_API_KEY": Kind(403, "ForbiddenException", "Forbidden"),
    "INVALID_SIGNATURE": Kind(
        403,
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    ),
    "MISSING_AUTHENTICATION_TOKEN": Kind(403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
    "QUOTA_EXCEEDED": Kind(429, "LimitExceededException", "Limit Exceeded"),
    "REQUEST_TOO_LARGE": Kind(413, "RequestTooLargeException", "Request Too Long", spaced=True),
    "RESOURCE_NOT_FOUND": Kind(404, "NotFoundException", "Not Found"),
    "THROTTLED": Kind(429, "TooManyRequestsException", "Too Many Requests"),
    "UNAUTHORIZED": Kind(401, "UnauthorizedException", "Unauthorized"),
    "UNSUPPORTED_MEDIA_TYPE": Kind(415, "BadRequestException", "Unsupported Media Type", spaced=True),
    "WAF_FILTERED": Kind(403, "ForbiddenException", "Forbidden"),
    # Not types of their own: errors that only the families cover.
    "DEFAULT_4XX": Kind(400, "BadRequestException", "Bad Request", spaced=True),
    "DEFAULT_5XX": Kind(500, "InternalServerErrorException", INTERNAL, spaced=True),
}


class Refusal(Exception):  # noqa: N818 - an answer, not a mistake
    """The request ends here. `cause` goes to the log, never to the client."""

    def __init__(
        self,
        kind: str,
        cause: str = "",
        *,
        message: str | None = "",
        status: int | None = None,
        validation: str = "",
    ) -> None:
        """`message` "" takes the kind's own, None prints JSON null (FACTS 1.11); `status` overrides the kind's."""
        super().__init__(cause or kind)
        known = KINDS[kind]
        self.kind = kind
        self.cause = cause
        self.message = known.message if message == "" else message
        self.status = known.status if status is None else status
        self.error_type = known.error_type
        self.spaced = known.spaced
        self.validation = validation

    @property
    def family(self) -> str:
        """The gateway response type that stands in for an absent one (FACTS 1.25)."""
        return "DEFAULT_4XX" if self.status < 500 else "DEFAULT_5XX"


class IdentityRefusal(Refusal):
    """401 because the identity check failed, before any authorizer ran; execution logs do not have it (FACTS 4.20)."""

    def __init__(self, cause: str) -> None:
        """`cause` as of any refusal."""
        super().__init__("UNAUTHORIZED", cause)


def misconfigured(cause: str) -> Refusal:
    """A mistake in the API's own configuration, found at run time: 500 (FACTS 1.14)."""
    return Refusal("API_CONFIGURATION_ERROR", cause)


def bad_gateway(cause: str) -> Refusal:
    """The function answered what API Gateway cannot read: 502 (FACTS 1.12)."""
    return Refusal("DEFAULT_5XX", cause, status=502)
