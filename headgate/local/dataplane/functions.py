"""Calling Lambda functions: their ARN inside an integration URI, and what can go wrong (FACTS 1.12, 1.13, 1.15)."""

import json
import re
from collections.abc import Mapping

from ..records import FunctionNotFoundError, Invocation, Invoke, TooManyInvocationsError
from .exchange import Exchange
from .mapping import with_stage_variables
from .refusal import Refusal, bad_gateway
from .stepping import within
from .switches import Switches
from .trace import Notes, own_lines

_URI = re.compile(r"arn:[\w-]+:apigateway:[\w-]*:lambda:path/[^/]+/functions/(.+)/invocations")


def function_arn(uri: str | None, variables: Mapping[str, str]) -> str | None:
    """The function of `arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations`, or None."""
    found = _URI.fullmatch(with_stage_variables(uri or "", variables))
    return found[1] if found else None


MAX_PAYLOAD_BYTES = 6 * 1024 * 1024  # FACTS 3.23, either way


class Caller:
    """Calls functions for integrations and turns failures into refusals."""

    def __init__(self, invoke: Invoke, switches: Switches, *, answers_timeouts: bool = False) -> None:
        self._invoke = invoke
        self._answers_timeouts = answers_timeouts  # `Task timed out …` is an error message like any other (FACTS 8.13)
        self.switches = switches

    async def call(self, arn: str, event: bytes, exchange: Exchange, *, seconds: float) -> Invocation:
        """What the function answered within the integration's time.

        Raises Refusal: 504 when the time is over (FACTS 1.13), 500 when there is no such function (FACTS 1.15), and 502 when the
        function ran into its own timeout before (FACTS 1.12), unless this caller answers timeouts.
        """
        if len(event) > MAX_PAYLOAD_BYTES:
            raise Refusal("REQUEST_TOO_LARGE", f"the event has more than {MAX_PAYLOAD_BYTES} bytes")  # FACTS 1.18
        try:
            invocation = await within(seconds, self._invoke(arn, event, exchange.trace))
        except TimeoutError:
            raise Refusal("INTEGRATION_TIMEOUT", f"{arn} gave no answer within {seconds} s") from None
        except FunctionNotFoundError:
            raise Refusal("API_CONFIGURATION_ERROR", f"there is no function {arn}") from None
        except (OSError, ValueError) as error:  # the cloud is stopping, or no worker can be made of the code
            raise Refusal("DEFAULT_5XX", str(error)) from None
        except TooManyInvocationsError:
            status = self.switches.lambda_throttled_status
            raise Refusal("DEFAULT_5XX", f"{arn} has no concurrency left", status=status) from None
        if exchange.notes is not None:
            tell_invocation(exchange.notes, arn, invocation)
        if invocation.timed_out and not self._answers_timeouts:
            raise bad_gateway(f"{arn} ran into its own timeout")
        if len(invocation.payload) > MAX_PAYLOAD_BYTES:
            raise bad_gateway(f"the answer of {arn} has more than {MAX_PAYLOAD_BYTES} bytes")
        return invocation


def tell_invocation(notes: Notes, arn: str, invocation: Invocation) -> None:
    """Which function ran and how it ended: of an error its kind, of its log what Headgate's own functions say."""
    notes.tell(function=arn.partition(":function:")[2] or arn, said=own_lines(invocation.log_tail)[-1:])
    if invocation.timed_out:
        notes.tell(functionError="Timeout")
    elif invocation.function_error is not None:
        notes.tell(functionError=_kind_of_error(invocation))


def _kind_of_error(invocation: Invocation) -> str:
    """The class of the exception; its message may quote anything."""
    try:
        kind = json.loads(invocation.payload)["errorType"]
    except (ValueError, KeyError, TypeError):
        kind = None
    return kind if isinstance(kind, str) else str(invocation.function_error)
