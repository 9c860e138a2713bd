"""From a request to an operation and back: parsing and serialising are moto's, by botocore's model.

Whatever goes wrong becomes a modelled 4xx at once: a 5xx, or a page of HTML, makes SDKs retry for most of a minute.
"""

import json
import logging
from typing import Any, cast

from moto.apigateway.models import apigateway_backends
from moto.core.exceptions import ServiceException
from moto.core.request import Request
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model

from .errors import ControlPlaneError
from .front import SerializationError, check_numbers, check_tags, check_types
from .models import ControlPlane
from .operations import OPERATIONS
from .operations.trials import TRIALS
from .quotas import spend

log = logging.getLogger(__name__)


class SerialisedError(ServiceException):
    """A `ControlPlaneError` as moto's serialiser wants it."""

    # moto takes the service from the second part of an exception's module; ours would read "local".
    __module__ = "moto.apigateway.exceptions"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)


class ControlPlaneResponse(BaseResponse):
    """One request to the control plane."""

    # A document may be in any encoding: let the importer say what is wrong with it.
    use_raw_body = True

    def __init__(self) -> None:
        super().__init__(service_name="apigateway")
        self.automated_parameter_parsing = True
        self._unread = False  # whether a number of the request is none
        self._action: str | None = None

    def _dispatch(self, request: Request, full_url: str | None = None, headers: Any = None) -> Any:
        try:
            self.setup_class(request, full_url, headers)
            refused = self._refused_in_front()
            return self.call_action() if refused is None else refused
        except Exception as error:  # noqa: BLE001 (a fast refusal beats a retried 500)
            log.warning("control_plane.refused", extra={"error": repr(error)})
            return _refusal(f"The local cloud could not process this request: {type(error).__name__}: {error}")

    def _get_action(self) -> str:
        """moto's, which matches all routes, once per request instead of five times."""
        if self._action is None:
            self._action = super()._get_action()
        return self._action

    def parse_parameters(self, request: Request) -> None:
        """moto's, which leaves numbers that are none to Python."""
        try:
            super().parse_parameters(request)
        except ValueError:
            self.params = {}
            self._unread = True

    def _refused_in_front(self) -> Any:
        action = self._get_action()
        if not action:
            return None
        model = get_service_model("apigateway").operation_model(action)
        body = self.raw_body if isinstance(self.raw_body, bytes) else str(self.raw_body or "").encode()
        try:
            check_types(model, body)
            if self._unread:
                check_numbers(body)
            check_tags(self.params)
        except SerializationError as error:
            return _answer("SerializationException", {"Message": str(error)})
        except ControlPlaneError as error:
            return self.serialized(ActionResult(SerialisedError(error.code, str(error))))
        return None

    def call_action(self) -> Any:
        """Run the operation under the backend's lock and publish what it changed."""
        action = self._get_action()
        if action in TRIALS:
            return self._run_trial(action)
        operation = OPERATIONS.get(action)
        if operation is None:
            what = f"{action} is not" if action else f"{self.method} {self.path} is no operation that is"
            return _refusal(f"{what} supported by Headgate's local API Gateway")
        plane = cast(ControlPlane, apigateway_backends[self.current_account][self.region])
        with plane.lock:
            try:
                if plane.state.settings.quotas:
                    spend(plane.state.calls, action, plane.state.world.now())
                document = operation(plane.state, dict(self.params)) or {}
                if action == "GetExport":
                    # moto's serialiser puts its own type over a header the model calls Content-Type.
                    self.response_headers["Content-Type"] = document["contentType"]
                result = ActionResult(document)
            except ControlPlaneError as error:
                result = ActionResult(SerialisedError(error.code, str(error)))
            else:
                if not action.startswith("Get"):
                    plane.refresh()
            return self.serialized(result)

    def _run_trial(self, action: str) -> Any:
        """Test invocations: the lock is held for the draft's copy only, since what is tried may call the control plane."""
        plane = cast(ControlPlane, apigateway_backends[self.current_account][self.region])
        if plane.trials is None:
            return _refusal(f"{action} needs the data plane, which does not run in this process")
        try:
            with plane.lock:
                run = TRIALS[action](plane.state, dict(self.params))
            result = ActionResult(run(plane.trials))
        except ControlPlaneError as error:
            result = ActionResult(SerialisedError(error.code, str(error)))
        return self.serialized(result)


def _refusal(message: str) -> Any:
    return _answer("BadRequestException", {"message": message})


def _answer(code: str, told: dict[str, str]) -> Any:
    return 400, {"Content-Type": "application/json", "X-Amzn-Errortype": code}, json.dumps({"__type": code, **told})
