"""Every mistake is reported with its place and what to do, all of them at once."""

import pytest

from tests.arazzo.projects import CAFES, PAGES, USERS, WORKFLOW, compile_text, compile_value, workflow

CITY = [{"name": "city", "in": "query", "value": "Oslo"}]
GOTO = {"name": "x", "type": "goto", "stepId": "user"}
SETTINGS = "steps_1_x-headgate"

MISTAKES = {
    "unknown operation": ({"steps_1_operationId": "listCafe"}, "HG173", "did you mean 'listCafes'?"),
    "unknown source": ({"steps_1_operationId": "$sourceDescriptions.shops.list"}, "HG173", "known: cafes, users"),
    "unknown path": ({"steps_1_operationId": None, "steps_1_operationPath": "nowhere"}, "HG173", "no operation"),
    "nested workflow": ({"steps_1": {"stepId": "x", "workflowId": "page"}}, "HG171", "workflowId"),
    "asynchronous step": ({"steps_1": {"stepId": "x", "channelPath": "y", "action": "send"}}, "HG171", "channelPath"),
    "no operation": ({"steps_1": {"stepId": "x"}}, "HG170", "names no operation"),
    "no step id": ({"steps_1_stepId": None}, "HG170", "stepId is None"),
    "bad step id": ({"steps_1_stepId": "a b"}, "HG170", "letters, digits"),
    "step id twice": ({"steps_1_stepId": "user"}, "HG170", "of its own"),
    "no steps": ({"steps": []}, "HG170", "has steps"),
    "unknown field of a step": ({"steps_1_paramters": []}, "HG170", "did you mean 'parameters'?"),
    "unknown field of a workflow": ({"step": []}, "HG170", "did you mean 'steps'?"),
    "unknown input": ({"steps_1_parameters_0_value": "$inputs.usrId"}, "HG174", "did you mean 'userId'?"),
    "unknown step": ({"steps_1_parameters_0_value": "$steps.usr.outputs.city"}, "HG174", "did you mean 'user'?"),
    "unknown output": ({"steps_1_parameters_0_value": "$steps.user.outputs.cty"}, "HG174", "did you mean 'city'?"),
    "unknown output in the answer": ({"outputs_cafes": "$steps.cafes.outputs.x"}, "HG174", "known: items"),
    "unknown dependency": ({"steps_1_dependsOn": ["nobody"]}, "HG174", "known: cafes, user"),
    "no expression": ({"steps_1_parameters_0_value": "$input.userId"}, "HG175", "no expression"),
    "no expression inside a text": ({"steps_1_parameters_0_value": "a {$foo.bar}"}, "HG175", "no expression"),
    "a response where there is none": (
        {"steps_1_parameters_0_value": "$response.body"},
        "HG175",
        "criteria and outputs",
    ),
    "outputs where there are none": ({"steps_1_parameters_0_value": "$outputs.cafes"}, "HG175", "respond"),
    "a url": ({"steps_0_outputs": {"city": "$url"}}, "HG175", "no expression"),
    "bad pointer": ({"steps_0_outputs": {"city": "$response.body#city"}}, "HG175", "starts with '/'"),
    "bad condition": ({"steps_0_successCriteria": [{"condition": "$statusCode = 200"}]}, "HG175", "cannot read"),
    "half a condition": ({"steps_0_successCriteria": [{"condition": "$statusCode =="}]}, "HG175", "ends where"),
    "regex": (
        {"steps_0_successCriteria": [{"condition": "^2", "type": "regex", "context": "$statusCode"}]},
        "HG171",
        "criteria of type regex",
    ),
    "no condition": ({"steps_0_successCriteria": [{}]}, "HG170", "has a condition"),
    "a member that is not there": ({"steps_0_outputs": {"city": "$response.body#/town"}}, "HG176", "no member 'town'"),
    "a member of a text": ({"steps_0_outputs": {"city": "$response.body#/city/x"}}, "HG176", "is string"),
    "a member of a list": ({"steps_1_outputs": {"items": "$response.body#/name"}}, "HG176", "no member 'name'"),
    "a member of an output": ({"outputs_cafes": "$steps.cafes.outputs.items#/x"}, "HG176", "no member 'x'"),
    "json of a page": ({"steps_1_operationId": "getPage", "steps_1_parameters": []}, "HG176", "text/html, not JSON"),
    "wrong type": (
        {"steps_1_parameters": [*CITY, {"name": "limit", "in": "query", "value": "$steps.user.outputs.city"}]},
        "HG176",
        "is integer",
    ),
    "wrong constant": (
        {"steps_1_parameters": [*CITY, {"name": "limit", "in": "query", "value": "many"}]},
        "HG176",
        "is string",
    ),
    "parameter missing": ({"steps_1_parameters": []}, "HG177", "needs query parameter 'city'"),
    "parameter unknown": (
        {"steps_1_parameters": [*CITY, {"name": "limt", "in": "query", "value": 1}]},
        "HG177",
        "did you mean 'limit'?",
    ),
    "parameter of ours": (
        {"steps_1_parameters": [*CITY, {"name": "X-Headgate-Subject", "in": "header", "value": "root"}]},
        "HG177",
        "written by the gateway",
    ),
    "parameter misshapen": ({"steps_1_parameters": [{"name": "city"}]}, "HG170", "has a name, in"),
    "reference nowhere": (
        {"steps_1_parameters": [*CITY, {"reference": "$components.parameters.x"}]},
        "HG174",
        "leads nowhere",
    ),
    "body where none is taken": ({"steps_1_requestBody": {"payload": {}}}, "HG177", "takes no request body"),
    "circle": ({"steps_0_parameters_0_value": "$steps.cafes.outputs.items"}, "HG178", "user -> cafes -> user"),
    "goto": ({"steps_1_onFailure": [GOTO]}, "HG171", "goto to user"),
    "goto on success": ({"steps_1_onSuccess": [GOTO]}, "HG171", "goto to user"),
    "retry with another step": (
        {"steps_1_onFailure": [{"name": "x", "type": "retry", "stepId": "user"}]},
        "HG171",
        "retry to user",
    ),
    "too many retries": (
        {"steps_1_onFailure": [{"name": "x", "type": "retry", "retryLimit": 9}]},
        "HG170",
        "retryLimit is 9",
    ),
    "bad pause": (
        {"steps_1_onFailure": [{"name": "x", "type": "retry", "retryAfter": -1}]},
        "HG170",
        "retryAfter is -1",
    ),
    "too slow": ({SETTINGS: {"timeout": 26}}, "HG179", "user -> cafes may take 31 s"),
    "too many slow retries": (
        {"steps_1_onFailure": [{"name": "x", "type": "retry", "retryLimit": 5, "retryAfter": 1}]},
        "HG179",
        "may take 40 s",
    ),
    "unknown setting": ({SETTINGS: {"requird": False}}, "HG180", "did you mean 'required'?"),
    "bad setting": ({SETTINGS: {"cache": {"ttl": "1m"}}}, "HG180", "ttl"),
    "for-each": ({SETTINGS: {"for-each": "$steps.user.outputs.id"}}, "HG171", "for-each is not run"),
    "batch": ({SETTINGS: {"batch": {"size": 3}}}, "HG171", "batch is not run"),
    "stale without a cache": ({SETTINGS: {"fallback": "stale"}}, "HG180", "nothing is kept"),
    "shared and forwarded": (
        {SETTINGS: {"cache": {"ttl": 1, "public": True}, "forward-authorization": True}},
        "HG180",
        "public cache",
    ),
    "cache of an unsafe call": (
        {"steps_1": {"stepId": "x", "operationId": "addCafe", "x-headgate": {"cache": {"ttl": 1}}}},
        "HG180",
        "cannot be reused",
    ),
    "fallback of another shape": (
        {"steps_0_x-headgate": {"required": False, "fallback": {"id": "u"}}},
        "HG180",
        "the fallback does not have",
    ),
    "fallback of another type": ({SETTINGS: {"required": False, "fallback": {}}}, "HG176", "the body has array"),
    "missing list is an output": ({"x-headgate": {"degraded": "cafes"}}, "HG182", "is an output already"),
    "unknown workflow setting": ({"x-headgate": {"degrade": "x"}}, "HG180", "did you mean 'degraded'?"),
    "answer lacks a required member": ({"outputs": {"user": 1}}, "HG182", "declares 'cafes' as required"),
    "workflows wait for workflows": ({"dependsOn": ["other"]}, "HG171", "one workflow"),
    "input of another type": (
        {"inputs": {"type": "object", "properties": {"userId": {"type": "integer"}}}},
        "HG176",
        "is integer here and string",
    ),
    "required input that is no parameter": (
        {"inputs": {"type": "object", "required": ["x"], "properties": {"x": {}}}},
        "HG174",
        "no such parameter",
    ),
}


@pytest.mark.parametrize(("changes", "code", "text"), [pytest.param(*case, id=name) for name, case in MISTAKES.items()])
def test_a_mistake_is_reported(changes, code, text):
    problems = compile_value(workflow(**changes)).problems
    matching = [problem for problem in problems if problem.code == code and text in str(problem)]

    assert matching, [str(problem) for problem in problems]
    assert all(problem.level == "error" and problem.fix for problem in matching)
    assert all(problem.path == "openapi/pages.arazzo.yaml" and problem.line > 1 for problem in matching)


def test_the_place_is_the_line_of_the_culprit():
    text = WORKFLOW.replace("$steps.user.outputs.city", "$steps.user.outputs.town")
    line = next(number for number, each in enumerate(text.splitlines(), 1) if "outputs.town" in each)
    (problem,) = compile_text(text).problems

    assert (problem.path, problem.line, problem.code) == ("openapi/pages.arazzo.yaml", line, "HG174")
    assert problem.pointer == "/workflows/0/steps/1/parameters/0/value"


def test_all_mistakes_are_reported_at_once():
    text = WORKFLOW.replace("listCafes", "nope").replace("$inputs.userId", "$inputs.nope").replace("#/city", "#/nope")

    assert sorted(compile_text(text).codes) == ["HG173", "HG174", "HG174", "HG176"]


def test_an_operation_that_names_no_workflow_is_told_at_the_operation():
    (unused, problem) = compile_text(WORKFLOW, pages=PAGES.replace("workflow: page", "workflow: pag")).problems

    assert (problem.code, problem.path) == ("HG172", "openapi/pages.yaml")
    assert (unused.code, unused.level) == ("HG183", "warning")


def test_a_workflow_twice_is_one_too_many():
    document = workflow()
    document["workflows"].append(document["workflows"][0])

    assert compile_value(document).codes == ["HG172"]


@pytest.mark.parametrize("version", ["2.0.0", "1.2.0", "", None])
def test_other_versions_are_refused(version):
    document = workflow()
    document["arazzo"] = version

    assert compile_value(document).codes[0] == "HG170"


@pytest.mark.parametrize(
    "text", ["[]", "arazzo: 1.0.1", "{arazzo: 1.0.1, workflows: {}}", "{arazzo: 1.0.1, workflows: [1]}"]
)
def test_what_is_no_arazzo_document_is_told(text):
    assert "HG170" in compile_text(text).codes


def test_a_source_that_the_api_does_not_have_is_told():
    compiled = compile_text(WORKFLOW.replace("./cafes.yaml", "./shops.yaml"))

    assert "openapi/pages.arazzo.yaml:6:19: error HG173" in str(compiled.problems[0])


def test_two_parameters_of_one_name_are_one_input_too_many():
    pages = PAGES.replace("- {name: q, in: query", "- {name: userId, in: query")

    assert "HG181" in compile_text(WORKFLOW, pages=pages).codes


def test_a_parameter_called_principal_is_told():
    assert compile_text(WORKFLOW, pages=PAGES.replace("name: q,", "name: principal,")).codes == ["HG181"]


def test_a_public_page_has_no_principal():
    text = WORKFLOW.replace("$inputs.userId", "$inputs.principal.sub")
    pages = PAGES.replace("[{oidc: []}]", "[]")

    assert compile_text(text).codes == []
    assert compile_text(text, pages=pages).codes == ["HG174"]


def test_a_value_that_may_be_absent_in_a_required_place_is_a_warning():
    text = WORKFLOW.replace("value: $inputs.userId", "value: $inputs.q")
    (problem,) = compile_text(text).problems

    assert (problem.code, problem.level) == ("HG176", "warning")


def test_a_parameter_with_a_default_is_never_absent():
    text = WORKFLOW.replace("value: $inputs.userId", "value: $inputs.limit")

    assert compile_text(text).problems == []


def test_a_composition_calls_no_composition():
    assert "HG184" in compile_value(workflow(steps_1_operationId="page", steps_1_parameters=[])).codes


def test_a_composition_calls_nothing_that_has_no_address():
    assert compile_text(WORKFLOW, cafes_url="").codes == ["HG184"]


def test_a_rewritten_path_that_nothing_fills_is_told():
    rewritten = "operationId: getUser\n      x-headgate: {rewrite: {path: '/v2/{%s}'}}"
    codes = [
        compile_text(WORKFLOW, users=USERS.replace("operationId: getUser", rewritten % name)).codes
        for name in ("userId", "id")
    ]

    assert codes == [[], ["HG177"]]


def test_a_style_that_cannot_be_sent_is_told():
    cafes = CAFES.replace("{name: city, in: query,", "{name: city, in: query, style: pipeDelimited,")

    assert compile_text(WORKFLOW, cafes=cafes).codes == ["HG171"]


CHANGE = {
    "stepId": "change",
    "operationId": "changeUser",
    "parameters": [{"name": "userId", "in": "path", "value": "$inputs.userId"}],
}


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        (None, ["HG177"]),
        ({"payload": {"city": "Oslo"}}, []),
        ({"payload": {"age": 1}}, ["HG177"]),
        ({"payload": {"city": "Oslo", "town": "Oslo"}}, ["HG176"]),
        ({"payload": ["Oslo"]}, ["HG176"]),
        ({"payload": {"city": "Oslo"}, "contentType": "text/plain"}, ["HG177"]),
        ({"payload": '{"city": "{$inputs.q}"}'}, []),
        ({"payload": '{"city": {$inputs.q}}'}, ["HG175"]),
        ({"payload": {"city": "Oslo"}, "replacements": [{"target": "//x", "value": 1}]}, ["HG176"]),
        ({"payload": {"city": "Oslo"}, "replacements": [{"target": "x", "value": 1}]}, ["HG171"]),
    ],
)
def test_a_payload_is_checked_against_the_operations_schema(body, codes):
    step = CHANGE if body is None else {**CHANGE, "requestBody": body}

    assert compile_value(workflow(steps=[step], outputs={"cafes": 1})).codes == codes


def test_a_post_is_not_retried_without_an_idempotency_key():
    retry = [{"name": "x", "type": "retry"}]
    step = {"stepId": "add", "operationId": "addCafe", "onFailure": retry}
    key = {"name": "Idempotency-Key", "in": "header", "value": "$inputs.userId"}

    assert compile_value(workflow(steps=[step], outputs={"cafes": 1})).codes == ["HG171"]
    assert compile_value(workflow(steps=[{**step, "parameters": [key]}], outputs={"cafes": 1})).codes == []


def test_an_output_that_the_page_does_not_declare_is_a_warning():
    (problem,) = compile_value(workflow(outputs_shops=1)).problems

    assert (problem.code, problem.level) == ("HG182", "warning")


def test_a_schema_that_refers_to_itself_ends():
    users = USERS.replace(
        "{type: string}\n                  tags", '{$ref: "#/components/schemas/T"}\n                  tags'
    )
    users += "components: {schemas: {T: {anyOf: [{$ref: '#/components/schemas/T'}, {type: string}]}}}"

    assert compile_text(WORKFLOW, users=users).problems == []
