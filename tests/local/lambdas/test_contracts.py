"""What we lean on inside awslambdaric and moto. Both are pinned; an upgrade that moves one of these fails here by name."""

import inspect

import pytest
from awslambdaric import bootstrap, lambda_runtime_client
from moto.awslambda import models, responses, urls
from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config
from moto.logs.models import LogGroup, LogStream, logs_backends

from headgate.local.lambdas import backend, errors


def test_bootstrap_runs_a_handler_with_any_client() -> None:
    assert list(inspect.signature(bootstrap.run).parameters) == ["handler", "lambda_runtime_client"]


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("wait_next_invocation", ["self"]),
        ("post_invocation_result", ["self", "invoke_id", "result_data", "content_type", "invocation_id"]),
        ("post_invocation_error", ["self", "invoke_id", "error_response_data", "xray_fault", "invocation_id"]),
        ("post_init_error", ["self", "error_response_data", "error_type_override"]),
    ],
)
def test_the_four_methods_of_the_runtime_client(method: str, parameters: list[str]) -> None:
    found = getattr(lambda_runtime_client.BaseLambdaRuntimeClient, method)

    assert list(inspect.signature(found).parameters) == parameters


def test_bootstrap_reads_these_fields_of_an_invocation() -> None:
    source = inspect.getsource(bootstrap.run)

    for field in ("invoke_id", "tenant_id", "x_amzn_trace_id", "event_body", "content_type", "client_context",
                  "cognito_identity", "invoked_function_arn", "deadline_time_in_ms", "invocation_id"):  # fmt: skip
        assert f"event_request.{field}" in source


def test_a_backend_class_is_an_attribute_of_its_dictionary() -> None:
    for backends in (models.lambda_backends, logs_backends):
        assert isinstance(backends, BackendDict)
        assert isinstance(backends.backend, type)


def test_our_classes_count_as_motos() -> None:
    """moto takes the service of an error, and a backend's URLs, from the module's name."""
    for ours in (backend.LocalLambda, backend.LocalFunction, backend.LocalStorage):
        assert ours.__module__ == "moto.awslambda.models"
    for problem in (errors.TooManyRequestsError, errors.RequestTooLargeError, errors.RequestContentError):
        assert problem.__module__ == "moto.awslambda.exceptions"


def test_event_sources_invoke_the_function_object() -> None:
    for name in ("send_sns_message", "send_dynamodb_items", "send_log_event", "send_kinesis_message"):
        assert "func.invoke(json.dumps(event), {}, {})" in inspect.getsource(getattr(models.LambdaBackend, name))


def test_all_paths_of_lambda_go_through_one_dispatcher() -> None:
    assert set(urls.url_paths.values()) == {responses.LambdaResponse.dispatch}


def test_the_function_object_has_what_we_read() -> None:
    source = inspect.getsource(models.LambdaFunction)

    for name in ("code_bytes", "code_digest", "environment_vars", "run_time", "timeout", "memory_size", "layers",
                 "architectures", "reserved_concurrency", "code_or_config_updated", "partition"):  # fmt: skip
        assert f"self.{name}" in source


def test_storage_is_two_dictionaries() -> None:
    storage = models.LambdaStorage("us-east-1", "123456789012")

    assert storage._functions == {}
    assert storage._aliases == {}
    assert list(inspect.signature(storage.publish_version).parameters) == ["name_or_arn", "description"]


def test_log_streams_hold_a_list_that_may_be_trimmed() -> None:
    assert list(inspect.signature(LogGroup).parameters)[:3] == ["account_id", "region", "name"]
    assert "self.events: list[LogEvent] = []" in inspect.getsource(LogStream.__init__)


def test_step_functions_are_switched_by_configuration() -> None:
    assert "execute_state_machine" in default_user_config["stepfunctions"]
