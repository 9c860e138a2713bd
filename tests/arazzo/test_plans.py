"""What a workflow becomes: graph, parameters, types, timeouts, answer."""

import pytest

from functions.aggregator.plan import parse_plans
from tests.arazzo.projects import PAGES, USERS, WORKFLOW, compile_text, compile_value, workflow


def test_the_page_compiles_without_a_word():
    compiled = compile_text(WORKFLOW)

    assert compiled.problems == []
    assert list(compiled.document["plans"]) == ["GET /page/{userId}"]
    assert compiled.document["upstreams"] == {"cafes": {"url": "http://cafes"}, "users": {"url": "http://users"}}
    assert parse_plans(compiled.document)[0].plans["GET /page/{userId}"].secured


def test_a_reference_makes_a_step_wait():
    compiled = compile_text(WORKFLOW)

    assert compiled.step("user")["after"] == []
    assert (compiled.step("cafes")["after"], compiled.step("cafes")["needs"]) == (["user"], ["user"])


def test_depends_on_makes_a_step_wait():
    steps = [
        {"stepId": "a", "operationId": "getPage", "dependsOn": ["b"]},
        {"stepId": "b", "operationId": "getPage"},
    ]
    compiled = compile_value(workflow(steps=steps, outputs={"cafes": 1}))

    assert [step["id"] for step in compiled.plan["steps"]] == ["b", "a"]
    assert compiled.step("a")["needs"] == ["b"]


def test_unsafe_steps_keep_document_order_and_safe_ones_run_between_them():
    steps = [{"stepId": name, "operationId": call} for name, call in zip("abcde", GET_GET_POST_GET_POST, strict=True)]
    compiled = compile_value(workflow(steps=steps, outputs={"cafes": 1}))

    assert {step["id"]: step["after"] for step in compiled.plan["steps"]} == {
        "a": [], "b": [], "c": ["a", "b"], "d": ["c"], "e": ["a", "b", "c", "d"],
    }  # fmt: skip


GET_GET_POST_GET_POST = ("getPage", "getPage", "addCafe", "getPage", "addCafe")


def test_outputs_carry_the_types_of_the_schema():
    outputs = compile_text(WORKFLOW).step("user")["outputs"]

    assert outputs["id"] == {"value": {"body": ["id"]}, "types": ["string"], "optional": False}
    assert outputs["age"] == {"value": {"body": ["age"]}, "types": ["integer"], "optional": True}


@pytest.mark.parametrize(
    ("pointer", "types", "optional"),
    [
        ("#/address/zip", ["string"], False),
        ("#/tags", ["array"], True),
        ("#/tags/0", ["string"], True),
        ("#/extra/whatever", [], True),
        ("", ["object"], False),
    ],
)
def test_the_schema_is_followed_to_where_the_pointer_leads(pointer, types, optional):
    compiled = compile_value(
        workflow(steps_0_outputs={"x": f"$response.body{pointer}", "city": "$response.body#/city"})
    )
    output = compiled.step("user")["outputs"]["x"]

    assert compiled.problems == []
    assert (output["types"], output["optional"]) == (types, optional)


def test_parameters_constants_and_texts():
    parameters = [
        {"name": "city", "in": "query", "value": "in {$steps.user.outputs.city}!"},
        {"name": "limit", "in": "query", "value": 3},
        {"name": "x-tenant", "in": "header", "value": "$inputs.principal.tenant"},
    ]
    sent = compile_value(workflow(steps_1_parameters=parameters)).step("cafes")["parameters"]

    assert [each["value"] for each in sent] == [
        {"text": [{"const": "in "}, {"step": "user", "output": "city", "pointer": []}, {"const": "!"}]},
        {"const": 3},
        {"input": "principal", "pointer": ["tenant"]},
    ]
    assert [each["required"] for each in sent] == [True, False, False]


def test_parameters_of_the_workflow_apply_unless_the_step_has_its_own():
    shared = [{"name": "limit", "in": "query", "value": 9}, {"name": "city", "in": "query", "value": "shared"}]
    sent = compile_value(workflow(parameters=shared)).step("cafes")["parameters"]

    assert [(each["name"], "const" in each["value"]) for each in sent] == [("city", False), ("limit", True)]


def test_reusable_parameters_are_looked_up():
    document = workflow(steps_1_parameters=[{"reference": "$components.parameters.city", "value": "Oslo"}])
    document["components"] = {"parameters": {"city": {"name": "city", "in": "query", "value": "Rome"}}}
    compiled = compile_value(document)

    assert compiled.problems == []
    assert compiled.step("cafes")["parameters"][0]["value"] == {"const": "Oslo"}


def test_a_body_is_compiled_and_replacements_are_put_in():
    change = {
        "stepId": "change",
        "operationId": "changeUser",
        "parameters": [{"name": "userId", "in": "path", "value": "$inputs.userId"}],
        "requestBody": {
            "payload": {"city": "$inputs.q", "age": 1},
            "replacements": [{"target": "/age", "value": "$inputs.limit"}],
        },
    }
    body = compile_value(workflow(steps=[change], outputs={"cafes": 1})).step("change")["body"]

    assert body == {
        "contentType": "application/json",
        "kind": "json",
        "value": {"object": {"city": {"input": "q", "pointer": []}, "age": {"input": "limit", "pointer": []}}},
    }


@pytest.mark.parametrize(
    ("content_type", "payload", "kind", "names"),
    [
        ("application/json", '{"city": "in {$inputs.q}", "age": 1}', "json", ["city", "age"]),
        ("application/x-www-form-urlencoded", "city={$inputs.q}&a%20b=1", "form", ["city", "a b"]),
    ],
)
def test_a_payload_written_as_text_is_taken_apart(content_type, payload, kind, names):
    change = {
        "stepId": "change",
        "operationId": "changeUser",
        "parameters": [{"name": "userId", "in": "path", "value": "$inputs.userId"}],
        "requestBody": {"payload": payload, "contentType": content_type},
    }
    users = USERS.replace(
        "application/json:\n            schema: {type: object, required: [city]",
        f"{content_type}:\n            schema: {{type: object, required: [city]",
    )
    body = compile_value(workflow(steps=[change], outputs={"cafes": 1}), users=users).step("change")["body"]

    assert (body["kind"], list(body["value"]["object"])) == (kind, names)


def test_only_inputs_that_are_read_are_in_the_plan():
    inputs = compile_text(WORKFLOW).plan["inputs"]

    assert inputs == {"userId": {"in": "path", "key": "userId", "type": "string", "required": True, "explode": False}}


def test_an_operation_may_be_named_by_its_path():
    document = workflow()
    step = document["workflows"][0]["steps"][1]
    del step["operationId"]
    step["operationPath"] = "{$sourceDescriptions.cafes.url}#/paths/~1cafes/get"

    assert compile_value(document).step("cafes")["path"] == "/cafes"


def test_settings_of_a_gateway():
    settings = {
        "required": False, "fallback": [], "timeout": 1.5, "forward-authorization": True, "cache": {"ttl": 60, "stale": 300},
    }  # fmt: skip
    step = compile_value(workflow(**{"steps_1_x-headgate": settings})).step("cafes")

    assert (step["required"], step["timeoutSeconds"], step["forwardAuthorization"]) == (False, 1.5, True)
    assert step["fallback"] == {"kind": "value", "value": []}
    assert step["cache"] == {"ttlSeconds": 60, "staleSeconds": 300, "public": False}


@pytest.mark.parametrize(
    ("settings", "fallback"),
    [
        ({"required": False}, None),
        ({"fallback": None}, {"kind": "value", "value": None}),
        ({"fallback": "stale", "cache": {"ttl": 1, "stale": 1}}, {"kind": "stale"}),
    ],
)
def test_fallbacks(settings, fallback):
    assert compile_value(workflow(**{"steps_1_x-headgate": settings})).step("cafes").get("fallback") == fallback


def test_steps_without_a_timeout_share_the_time_of_the_longest_way():
    quick = PAGES.replace("{workflow: page}", "{workflow: page, timeout: 3}")

    assert [step["timeoutSeconds"] for step in compile_text(WORKFLOW).plan["steps"]] == [5.0, 5.0]
    assert [step["timeoutSeconds"] for step in compile_text(WORKFLOW, pages=quick).plan["steps"]] == [1.5, 1.5]


def test_the_timeout_of_arazzo_1_1_counts_milliseconds():
    document = workflow(steps_1_timeout=1500)
    document["arazzo"] = "1.1.0"

    assert compile_value(document).step("cafes")["timeoutSeconds"] == 1.5


def test_retries_become_part_of_the_step():
    retry = {
        "name": "again",
        "type": "retry",
        "retryAfter": 0.5,
        "retryLimit": 2,
        "criteria": [{"condition": "$statusCode == 503"}],
    }
    step = compile_value(workflow(steps_1_onFailure=[retry, {"name": "stop", "type": "end"}])).step("cafes")

    assert step["retry"] == [
        {
            "limit": 2,
            "afterSeconds": 0.5,
            "when": [{"op": "==", "left": {"status": True}, "right": {"const": 503}}],
        }
    ]


def test_success_is_any_2xx_unless_criteria_say_otherwise():
    usual = compile_text(WORKFLOW).step("user")["success"]
    own = compile_value(workflow(steps_0_successCriteria=[{"condition": "$statusCode == 200"}])).step("user")["success"]

    assert [part["op"] for part in usual[0]["of"]] == [">=", "<"]
    assert own == [{"op": "==", "left": {"status": True}, "right": {"const": 200}}]


def test_parts_of_the_request_are_what_was_sent():
    outputs = {"id": "$request.path.userId", "how": "$method", "city": "$response.body#/city"}
    outputs = compile_value(workflow(steps_0_outputs=outputs)).step("user")["outputs"]

    assert outputs["id"]["value"] == {"input": "userId", "pointer": []}
    assert outputs["how"]["value"] == {"const": "GET"}


def test_the_answer_has_the_lowest_declared_success_and_what_is_missing():
    document = workflow(**{"x-headgate": {"degraded": "missing"}})
    compiled = compile_value(document, pages=PAGES.replace('"200":', '"203":'))

    assert compiled.plan["respond"]["status"] == 203
    assert compiled.plan["respond"]["body"]["object"]["missing"] == {
        "step": "$degraded",
        "output": "parts",
        "pointer": [],
    }
    assert compiled.plan["declared"] == [404, 203]


def test_respond_may_choose_status_headers_and_body():
    respond = "{status: 202, headers: {X-City: $steps.user.outputs.city}, body: $outputs.cafes#/0/name}"
    pages = PAGES.replace("{workflow: page}", f"{{workflow: page, respond: {respond}}}")
    compiled = compile_text(WORKFLOW, pages=pages)

    assert compiled.problems == []
    assert compiled.plan["respond"] == {
        "status": 202,
        "headers": {"X-City": {"step": "user", "output": "city", "pointer": []}},
        "body": {"step": "cafes", "output": "items", "pointer": ["0", "name"]},
    }


@pytest.mark.parametrize(
    ("security", "secured"),
    [
        ("[{oidc: []}]", True),
        ("[]", False),
        ("[{oidc: []}, {}]", False),
        ("[{key: []}]", False),
        ("[{key: []}, {oidc: []}]", True),
    ],
)
def test_a_plan_is_secured_when_every_way_in_names_somebody(security, secured):
    schemes = "{key: {type: apiKey, in: header, name: x-api-key}, oidc: {"
    pages = PAGES.replace("[{oidc: []}]", security).replace("{oidc: {", schemes)

    assert compile_text(WORKFLOW, pages=pages).plan["secured"] is secured


def test_compiling_twice_gives_the_same():
    assert compile_text(WORKFLOW).document == compile_text(WORKFLOW).document
