"""What the server leans on inside moto, uvicorn and a2wsgi."""

import inspect

import uvicorn
from a2wsgi.wsgi import build_environ
from moto.backend_index import backend_url_patterns
from moto.core.request import Request
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.utils import boto_client


def test_the_dispatcher_asks_a_factory_per_service() -> None:
    assert list(inspect.signature(DomainDispatcherApplication).parameters) == ["create_app"]
    assert "self.create_app(backend)" in inspect.getsource(DomainDispatcherApplication.get_application)


def test_the_services_we_replace_have_these_names() -> None:
    names = {name for name, _ in backend_url_patterns}

    assert {"ssm", "cloudtrail", "cloudformation", "stepfunctions", "awslambda", "apigateway", "logs"} <= names


def test_moto_reads_the_raw_path_from_raw_uri() -> None:
    assert '"RAW_URI"' in inspect.getsource(Request.raw_path.fget)  # type: ignore[arg-type]


def test_a2wsgi_passes_the_scope() -> None:
    assert '"asgi.scope": scope' in inspect.getsource(build_environ)


def test_motos_hooks_are_empty_and_its_conversions_are_there() -> None:
    for hook in ("_normalise_parameters", "_normalise_response"):
        assert inspect.getsource(getattr(StateTaskService, hook)).rstrip().endswith("pass")
    for conversion in ("_to_boto_request", "_from_boto_response", "_get_boto_service_name", "_get_boto_service_action"):
        assert callable(getattr(StateTaskServiceAwsSdk, conversion))


def test_step_functions_call_the_port_of_the_environment() -> None:
    assert "moto_server_port()" in inspect.getsource(boto_client.boto_client_for)


def test_uvicorn_serves_sockets_that_are_given() -> None:
    assert "sockets" in inspect.signature(uvicorn.Server.serve).parameters
