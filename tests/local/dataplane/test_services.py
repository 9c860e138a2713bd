"""AWS integrations with a service behind them: what is sent, and what becomes of the answer (FACTS 8.31 to 8.38)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from headgate.local.dataplane import SWITCHES, BackendError, Response
from headgate.local.dataplane.service_call import NotPermittedError, RoleRefusedError, ServiceCall
from headgate.local.dataplane.service_permission import object_action, permission
from headgate.local.records import Integration, IntegrationResponse, Method

JSON = "application/json"
FORM = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}
ROLE = "arn:aws:iam::123456789012:role/gateway"


@dataclass
class Told:
    """Services that remember what they were asked."""

    answer: Callable[[ServiceCall], Response] = lambda _: Response(200, (), b"{}")
    calls: list[ServiceCall] = field(default_factory=list)
    world: Any = None

    async def send(self, call: ServiceCall) -> Response:
        self.calls.append(call)
        return self.answer(call)


@pytest.fixture
def told(world: Any) -> Told:
    world.services = Told(world=world)
    services: Told = world.services
    return services


@pytest.fixture
def deploy(told: Told) -> Callable[..., None]:
    def make(
        uri: str, *, path: str = "/x", responses: dict[str, IntegrationResponse] | None = None, **more: Any
    ) -> None:
        given = {
            "http_method": "POST",
            "credentials": ROLE,
            "responses": responses or {"200": IntegrationResponse("200")},
        }
        integration = Integration("AWS", uri=f"arn:aws:apigateway:eu-west-1:{uri}", **{**given, **more})
        told.world.deploy({f"ANY {path}": Method("ANY", integration=integration)})

    return make


def header(call: ServiceCall, name: str) -> str | None:
    return next((value.decode() for key, value in call.headers if key.decode().lower() == name.lower()), None)


@pytest.mark.parametrize(
    ("uri", "service", "target"),
    [
        ("dynamodb:action/PutItem", "dynamodb", "DynamoDB_20120810.PutItem"),
        ("kinesis:action/PutRecord", "kinesis", "Kinesis_20131202.PutRecord"),
        ("states:action/StartExecution", "states", "AWSStepFunctions.StartExecution"),
    ],
)
def test_an_action_of_a_json_service_is_named_by_the_gateway(
    told: Told, deploy: Any, uri: str, service: str, target: str
) -> None:
    deploy(uri, request_templates={JSON: '{"a":"$input.params("q")"}'})

    assert told.world.call("POST", "/x?q=1", b"{}").status == 200
    call = told.calls[0]
    assert (call.service, call.region, call.method, call.target) == (service, "eu-west-1", "POST", "/")
    assert (header(call, "X-Amz-Target"), call.body) == (target, b'{"a":"1"}')
    assert str(header(call, "Content-Type")).startswith("application/x-amz-json-1.")
    assert (call.credentials, call.operation) == (ROLE, f"{service}:{target.partition('.')[2]}")


def test_a_query_service_gets_a_form_that_a_client_cannot_add_to(told: Told, deploy: Any) -> None:
    mapping = {"integration.request.querystring.Message": "method.request.querystring.m"}
    deploy("sns:action/Publish", request_parameters=mapping)

    told.world.call("POST", "/x?m=a%26TopicArn%3Db", b'{"not":"sent"}')

    assert told.calls[0].body == b"Action=Publish&Version=2010-03-31&Message=a%26TopicArn%3Db&ContentType=JSON"
    assert told.calls[0].target == "/"


def test_a_get_of_a_query_service_says_all_in_the_query(told: Told, deploy: Any) -> None:
    deploy("sns:action/ListTopics", http_method="GET")

    told.world.call("GET", "/x", b"not=sent")

    assert (told.calls[0].method, told.calls[0].body) == ("GET", b"")
    assert told.calls[0].target == "/?Action=ListTopics&Version=2010-03-31&ContentType=JSON"


@pytest.mark.parametrize(("accept", "asks"), [(None, True), ("'application/xml'", False)])
def test_answers_are_json_unless_xml_is_asked_for(told: Told, deploy: Any, accept: str | None, asks: bool) -> None:
    more = {"integration.request.header.Accept": accept} if accept else {}
    deploy(
        "sqs:path/123456789012/jobs",
        request_parameters={**FORM, **more},
        request_templates={JSON: "Action=SendMessage&MessageBody=x"},
    )

    told.world.call("POST", "/x", b"{}")

    call = told.calls[0]
    assert (call.target, call.operation) == ("/123456789012/jobs", "sqs:SendMessage")
    assert call.body.endswith(b"&ContentType=JSON") is asks


def test_a_request_id_is_given_where_it_belongs_only(told: Told, deploy: Any) -> None:
    body = {
        "SendMessageResponse": {
            "SendMessageResult": {"Body": "request-id"},
            "ResponseMetadata": {"RequestId": "request-id"},
        }
    }
    told.answer = lambda _: Response(200, (), json.dumps(body).encode())
    deploy("sqs:path/1/jobs", request_parameters=FORM, request_templates={JSON: "Action=SendMessage"})

    whole = json.loads(told.world.call("POST", "/x", b"{}").body)

    answer = whole["SendMessageResponse"]
    assert list(whole) == ["SendMessageResponse"]
    assert answer["SendMessageResult"]["Body"] == "request-id"
    assert len(answer["ResponseMetadata"]["RequestId"]) == 36


@pytest.mark.parametrize(
    ("uri", "verb", "target"),
    [
        ("s3:path/bucket/{key}", "PUT", "/bucket/a%20b/c"),
        ("bucket.s3:path/{key}", "PUT", "/bucket/a%20b/c"),
        ("s3:action/GetObject&Bucket=bucket&Key={key}", "GET", "/bucket/a%20b/c"),
        ("s3:path/bucket?list-type=2", "PUT", "/bucket?list-type=2"),
    ],
)
def test_a_path_is_filled_in_as_encoded_as_it_came(told: Told, deploy: Any, uri: str, verb: str, target: str) -> None:
    mapping = {"integration.request.path.key": "method.request.path.key"}
    deploy(uri, path="/f/{key+}", http_method="ANY", request_parameters=mapping)

    told.world.call("PUT", "/f/a%20b/c", b"body")

    assert (told.calls[0].method, told.calls[0].target) == (verb, target)


def test_a_value_cannot_become_another_parameter_of_an_action(told: Told, deploy: Any) -> None:
    mapping = {"integration.request.path.key": "method.request.path.key"}
    uri = "s3:action/GetObject&Bucket=bucket&Key={key}"
    deploy(uri, path="/f/{key}", request_parameters=mapping)

    told.world.call("GET", "/f/a%26versionId=1&x=2")

    assert told.calls[0].target == "/bucket/a%26versionId%3D1%26x%3D2"


def test_only_mapped_headers_reach_the_service(told: Told, deploy: Any) -> None:
    deploy("dynamodb:action/Scan", request_parameters={"integration.request.header.X-A": "method.request.header.X-A"})

    told.world.call("POST", "/x", b"{}", X_A="1", Authorization="secret", Cookie="secret")

    assert header(told.calls[0], "X-A") == "1"
    assert (header(told.calls[0], "Authorization"), header(told.calls[0], "Cookie")) == (None, None)


@pytest.mark.parametrize(("switch", "status"), [("recorded", 502), ("added", 200)])
def test_a_service_that_nobody_recorded_wants_a_target_of_the_apis_own(
    told: Told, deploy: Any, switch: Any, status: int
) -> None:
    told.world.switches = replace(SWITCHES, service_target=switch)
    responses = {"200": IntegrationResponse("200"), "502": IntegrationResponse("502", r"4\d\d")}
    deploy("events:action/PutEvents", responses=responses)

    assert told.world.call("POST", "/x", b"{}").status == status
    assert [header(call, "X-Amz-Target") for call in told.calls] == (["AWSEvents.PutEvents"] if status == 200 else [])


@pytest.mark.parametrize(("switch", "sent"), [("completed", "application/x-amz-json-1.1"), ("as it is", JSON)])
def test_a_target_without_a_content_type_is_completed_by_switch(
    told: Told, deploy: Any, switch: Any, sent: str
) -> None:
    told.world.switches = replace(SWITCHES, service_content_type=switch)
    deploy("events:path//", request_parameters={"integration.request.header.X-Amz-Target": "'AWSEvents.PutEvents'"})

    told.world.call("POST", "/x", b"{}", Content_Type=JSON)

    assert header(told.calls[0], "Content-Type") == sent


def test_a_body_that_is_no_json_is_the_services_error(told: Told, deploy: Any) -> None:
    code = {JSON: "$input.path('$.__type')"}
    responses = {"200": IntegrationResponse("200"), "422": IntegrationResponse("422", "400", response_templates=code)}
    deploy("dynamodb:action/Scan", responses=responses)

    answer = told.world.call("POST", "/x", b"{'")

    assert (answer.status, answer.body, told.calls) == (422, b"com.amazon.coral.service#SerializationException", [])


def failing(error: Exception) -> Callable[[ServiceCall], Response]:
    def fail(_call: ServiceCall) -> Response:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (TimeoutError(), 504, "Endpoint request timed out"),
        (BackendError("no"), 504, "Network error communicating with endpoint"),
        (RoleRefusedError("no"), 500, "Internal server error"),
    ],
)
def test_what_goes_wrong_before_the_service_answers(
    told: Told, deploy: Any, error: Exception, status: int, text: str
) -> None:
    told.answer = failing(error)
    deploy("sqs:action/ListQueues")

    answer = told.world.call("POST", "/x", b"{}")

    assert (answer.status, json.loads(answer.body)) == (status, {"message": text})


@pytest.mark.parametrize(
    ("uri", "status", "said"),
    [
        ("dynamodb:action/Scan", "400", "AccessDeniedException"),
        ("sqs:action/ListQueues", "403", "AccessDenied"),
        ("sns:action/Publish", "403", "AuthorizationError"),
        ("s3:path/bucket/key", "403", "<Code>AccessDenied</Code>"),
    ],
)
def test_what_a_role_may_not_do_is_the_services_own_error(
    told: Told, deploy: Any, uri: str, status: str, said: str
) -> None:
    told.answer = failing(NotPermittedError("arn:aws:sts::1:assumed-role/a/b", "a:B"))
    deploy(uri, responses={"200": IntegrationResponse("200"), "502": IntegrationResponse("502", status)})

    answer = told.world.call("POST", "/x", b"{}")

    assert answer.status == 502
    assert said in answer.body.decode()


def test_a_callers_identity_cannot_be_passed_on_when_nobody_signed(told: Told, deploy: Any) -> None:
    deploy("sqs:action/ListQueues", credentials="arn:aws:iam::*:user/*")

    assert (told.world.call("POST", "/x", b"{}").status, told.calls) == (500, [])


def test_stage_variables_name_the_region_the_queue_and_the_role(told: Told, deploy: Any) -> None:
    deploy("sqs:path/1/${stageVariables.queue}", credentials="arn:aws:iam::1:role/${stageVariables.role}")
    stage = told.world.stages["api1", "dev"]
    told.world.stages["api1", "dev"] = replace(stage, variables={"queue": "jobs", "role": "r"})

    told.world.call("POST", "/x", b"{}")

    assert (told.calls[0].target, told.calls[0].credentials) == ("/1/jobs", "arn:aws:iam::1:role/r")


def test_a_role_that_cannot_be_assumed_is_named_in_the_log(told: Told, deploy: Any, caplog: Any) -> None:
    told.answer = failing(RoleRefusedError("there is no such role"))
    deploy("sqs:action/ListQueues")

    assert told.world.call("POST", "/x", b"{}").status == 500
    assert f"does not have permission to assume the provided role {ROLE}: there is no such role" in caplog.text


@pytest.mark.parametrize(
    ("service", "action", "asked"),
    [
        ("sqs", "SendMessage", "sqs:SendMessage"),
        ("sqs", "SendMessageBatch", "sqs:SendMessage"),
        ("dynamodb", "BatchGetItem", "dynamodb:BatchGetItem"),
        ("dynamodb", "TransactWriteItems", ""),
        ("s3", "GetObject", "s3:GetObject"),
        ("s3", "ListObjectsV2", ""),
        ("lambda", "Invoke", ""),
        ("sns", "", ""),
    ],
)
def test_permissions_are_named_as_iam_names_them(service: str, action: str, asked: str) -> None:
    assert permission(service, action) == asked


@pytest.mark.parametrize(
    ("verb", "path", "action"),
    [("HEAD", "/b/k/l", "GetObject"), ("PUT", "/b/", ""), ("GET", "/b", ""), ("POST", "/b/k", "")],
)
def test_a_verb_says_what_happens_to_an_object(verb: str, path: str, action: str) -> None:
    assert object_action(verb, path) == action


def test_a_query_api_is_asked_by_get_as_by_post(told: Told, deploy: Any) -> None:
    mapped = {"integration.request.querystring.Action": "'ReceiveMessage'"}
    deploy("sqs:path/1/jobs", http_method="GET", request_parameters=mapped)

    told.world.call("POST", "/x", b"{}")

    call = told.calls[0]
    assert (call.method, call.target, call.body) == ("POST", "/1/jobs", b"Action=ReceiveMessage&ContentType=JSON")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({}, None),
        (
            {"Messages": [{"MessageId": "m", "Body": "b"}]},
            [
                {
                    **dict.fromkeys(("Attributes", "MD5OfBody", "MD5OfMessageAttributes", "MessageAttributes")),
                    "Body": "b",
                    "MessageId": "m",
                    "ReceiptHandle": None,
                }
            ],
        ),
    ],
    ids=["none", "one"],
)
def test_received_messages_are_shown_in_the_old_words(told: Told, deploy: Any, given: Any, shown: Any) -> None:
    """FACTS 8.35."""
    body = {"ReceiveMessageResponse": {"ReceiveMessageResult": given, "ResponseMetadata": {}}}
    told.answer = lambda _: Response(200, (), json.dumps(body).encode())
    deploy("sqs:path/1/jobs", request_parameters=FORM, request_templates={JSON: "Action=ReceiveMessage"})

    answer = json.loads(told.world.call("POST", "/x", b"{}").body)

    assert answer["ReceiveMessageResponse"]["ReceiveMessageResult"] == {"messages": shown}
