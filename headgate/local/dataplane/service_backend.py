"""Integrations of type AWS with a service behind them: the call, its failures, and the answer (FACTS 8.12, 8.31 to 8.38)."""

from collections.abc import Mapping

from ..records import Integration
from .exchange import Exchange, Report
from .http_backend import BackendError
from .message import Response
from .refusal import Refusal, misconfigured
from .service_arn import ServiceAddress
from .service_call import NotPermittedError, RoleRefusedError, ServiceCall, Services
from .service_reply import as_from_aws, denied, unknown_operation, unreadable
from .service_request import ServiceRequest, UnknownOperationError
from .shape import ResponseShaper
from .switches import Switches


class ServiceBackend:
    """The AWS integration of one operation, with a service other than Lambda's Invoke behind it."""

    def __init__(
        self,
        integration: Integration,
        address: ServiceAddress,
        variables: Mapping[str, str],
        services: Services,
        *,
        switches: Switches,
    ) -> None:
        self._address = address
        self._services = services
        self._request = ServiceRequest(integration, address, variables, switches=switches)
        self._shaper = ResponseShaper(integration, switches)

    async def run(self, exchange: Exchange) -> Response:
        """Patterns look at the service's HTTP status (FACTS 8.12)."""
        answer = await self._answer(exchange)
        exchange.report = Report(status=answer.status)
        shaped = self._shaper.shape(exchange, answer, str(answer.status))
        return shaped._replace(headers=(*shaped.headers, (b"X-Amzn-Trace-Id", exchange.trace.encode())))  # FACTS 1.21

    async def _answer(self, exchange: Exchange) -> Response:
        try:
            call = self._request.write(exchange)
        except UnknownOperationError as error:
            exchange.report = Report(error=str(error))
            return unknown_operation()
        dialect, is_json = self._address.dialect, _speaks_json(call)
        try:
            answer = (unreadable(call.body, dialect) if is_json else None) or await self._services.send(call)
        except NotPermittedError as error:
            return denied(dialect, str(error), exchange.request_id, is_query=not is_json)
        except (RoleRefusedError, TimeoutError, BackendError) as error:
            raise _refusal(call, error) from error
        return as_from_aws(answer, self._address, exchange.request_id)


def _speaks_json(call: ServiceCall) -> bool:
    return any(name.lower() == b"x-amz-target" for name, _ in call.headers)


def _refusal(call: ServiceCall, error: Exception) -> Refusal:
    """500 for a role that cannot be assumed (FACTS 8.38), else the same answers as for HTTP backends."""
    what = f"{call.operation or call.service} in {call.region}"
    if isinstance(error, RoleRefusedError):
        return misconfigured(
            f"API Gateway does not have permission to assume the provided role {call.credentials}: {error}"
        )
    if isinstance(error, TimeoutError):
        return Refusal("INTEGRATION_TIMEOUT", f"{what} gave no answer within {call.timeout_seconds} s")  # FACTS 1.13
    return Refusal("INTEGRATION_FAILURE", f"{what}: {error}")  # FACTS 1.16
