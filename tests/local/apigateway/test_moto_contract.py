"""What we lean on inside moto, pinned; and the day our control plane can go."""

import inspect
from pathlib import Path
from typing import Any

import moto.apigateway
import pytest
from moto.apigateway.models import apigateway_backends
from moto.core import responses as moto_responses
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.errors import get_error_model
from moto.core.utils import get_service_model

from headgate.local.apigateway import install
from headgate.local.apigateway.errors import ControlPlaneError
from headgate.local.apigateway.models import ControlPlane
from headgate.local.apigateway.operations import OPERATIONS
from headgate.local.apigateway.responses import ControlPlaneResponse, SerialisedError


def test_moto_still_has_no_canaries() -> None:
    """When this fails moto has gained canarySettings (FACTS 12.1b): see whether ours can be retired."""
    folder = Path(moto.apigateway.__file__).parent

    assert [path.name for path in folder.rglob("*.py") if "canary" in path.read_text(encoding="utf-8").lower()] == []


def test_backend_is_a_public_attribute_read_on_first_use() -> None:
    install()

    assert isinstance(apigateway_backends, BackendDict)
    assert vars(apigateway_backends)["backend"] is ControlPlane
    assert isinstance(apigateway_backends["210987654321"]["eu-west-1"], ControlPlane)


def test_install_is_idempotent() -> None:
    install()
    install()

    assert vars(apigateway_backends)["backend"] is ControlPlane


def test_no_subclass_of_motos_api_gateway() -> None:
    assert ControlPlane.__bases__ == (BaseBackend,)
    assert ControlPlaneResponse.__bases__ == (moto_responses.BaseResponse,)


def test_backend_finds_its_urls_beside_its_models() -> None:
    plane = ControlPlane("us-east-1", "123456789012")

    *mappings, rest = plane.flask_paths.items()
    assert rest[1] == ControlPlaneResponse.dispatch
    assert [path for path, _ in mappings if "apimappings" not in path] == []


def test_reset_builds_the_backend_again() -> None:
    plane = ControlPlane("us-east-1", "123456789012")
    plane.state.account["x"] = "y"
    plane.reset()

    assert plane.state.account == {}


@pytest.mark.parametrize("name", ["_get_action", "setup_class", "serialized", "call_action", "_dispatch"])
def test_response_methods_we_use_are_there(name: str) -> None:
    assert callable(getattr(moto_responses.BaseResponse, name))


def test_request_parsing_is_switched_by_one_attribute() -> None:
    assert ControlPlaneResponse().automated_parameter_parsing is True
    assert "self.automated_parameter_parsing" in inspect.getsource(moto_responses.BaseResponse.setup_class)


@pytest.mark.parametrize("kind", [ControlPlaneError, *ControlPlaneError.__subclasses__()])
def test_every_error_code_is_known_to_motos_serialiser(kind: Any) -> None:
    """SPIKE 1: an exception whose module names no service is a 500 page; an unknown code is a warning."""
    shape = get_error_model(SerialisedError(kind.code, "m"), get_service_model("apigateway"))

    assert shape.name == kind.code
    assert SerialisedError.__module__.split(".")[1] == "apigateway"


def test_every_operation_is_in_awss_model() -> None:
    assert set(OPERATIONS) <= set(get_service_model("apigateway").operation_names)
