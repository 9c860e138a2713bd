"""Templates that CloudFormation refuses, in the words that AWS was recorded with."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .fakes import get_att, ref, template, thing
from .room import Room, refusal

PLAIN = {"A": thing()}


@pytest.fixture
def room() -> Room:
    return Room()


def outputs(**members: Any) -> dict[str, Any]:
    return template(PLAIN, Outputs={"MyOutput": members})


def mapped(**maps: Any) -> dict[str, Any]:
    return template(PLAIN, Mappings={"M": maps})


REFUSED = [
    pytest.param(
        outputs(Value=None), "[/Outputs/MyOutput/Value] 'null' values are not allowed in templates", id="null"
    ),
    pytest.param(outputs(), "Template format error: Every Outputs member must contain a Value object", id="no-value"),
    pytest.param({}, "Template format error: At least one Resources member must be defined.", id="empty"),
    pytest.param(
        {"Resources": "", "Outputs": ""},
        "Template format error: Any Resources member must be an object.",
        id="resources-are-a-text",
    ),
    pytest.param(
        template({"A": {"Properties": {}}}),
        "Template format error: [/Resources/A] Every Resources object must contain a Type member.",
        id="no-type",
    ),
    pytest.param(
        template({"A": {**thing(), "Invalid": 10}}), "Invalid template resource property 'Invalid'", id="unknown-key"
    ),
    pytest.param(template(PLAIN, Nope={}), "Invalid template property or properties [Nope]", id="unknown-section"),
    pytest.param(
        template(PLAIN, AWSTemplateFormatVersion="2011-01-01"),
        "Template format error: unsupported value for AWSTemplateFormatVersion.",
        id="version",
    ),
    pytest.param(
        mapped(A="b"), "Template format error: Every Mappings member A must be a map", id="mapping-too-shallow"
    ),
    pytest.param(
        mapped(A={"b": {"c": "d"}}),
        "Template format error: Every Mappings attribute must be a String or a List.",
        id="mapping-too-deep",
    ),
    pytest.param(
        template({"A": thing(depends_on="NonExistingResource")}),
        "Template format error: Unresolved resource dependencies [NonExistingResource] in the Resources block of the template",
        id="depends-on-nothing",
    ),
    pytest.param(
        template({"A": thing(x=get_att("B", "Arn"))}),
        "Template error: instance of Fn::GetAtt references undefined resource B",
        id="attribute-of-nothing",
    ),
    pytest.param(
        template({"A": thing("B"), "B": thing("A")}),
        "Circular dependency between resources: [A, B]",
        id="circle",
    ),
    pytest.param(
        template(PLAIN, Conditions={"C": {"Fn::Equals": ["a"]}}),
        "Template error: every Fn::Equals object requires a list of 2 string parameters.",
        id="equals",
    ),
    pytest.param(
        template({"A": thing(x={"Fn::Sub": ["${X}"]})}),
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first "
        "argument, and an optional second argument to specify a mapping of values to replace in the string",
        id="sub",
    ),
    pytest.param(
        template({"A": thing(x={"Fn::If": ["Nope", 1, 2]})}),
        "Template error: unresolved condition dependency Nope in Fn::If",
        id="if",
    ),
    pytest.param(
        template({"A": {**thing(), "Condition": "Nope"}}),
        "Template format error: Unresolved condition dependency Nope in the Resources block of the template",
        id="condition",
    ),
    pytest.param(
        template(PLAIN, Conditions={"C": {"Fn::Equals": [ref("A"), "x"]}}),
        "Template format error: Unresolved dependencies [A]. "
        "Cannot reference resources in the Conditions block of the template",
        id="condition-asks-a-resource",
    ),
    pytest.param(
        template(PLAIN, Parameters={"P": {"Default": "x"}}),
        "Template format error: Every Parameters object must contain a Type member.",
        id="parameter-without-type",
    ),
    pytest.param(
        template(PLAIN, Parameters={"P": {"Type": "Strin", "Default": "x"}}),
        "Template format error: Unrecognized parameter type: Strin",
        id="parameter-type",
    ),
]


@pytest.mark.parametrize(("body", "message"), REFUSED)
def test_a_template_is_refused_by_both_that_read_it(room: Room, body: dict[str, Any], message: str) -> None:
    for call in (room.api.validate_template, room.api.create_stack):
        more = {"StackName": "demo"} if call == room.api.create_stack else {}
        with pytest.raises(ClientError) as caught:
            call(TemplateBody=json.dumps(body), **more)

        assert refusal(caught) == ("ValidationError", message)
    assert room.api.list_stacks()["StackSummaries"] == []


SKIPPING = {"Never": {"Fn::Equals": ["a", "b"]}}
SKIPPED = {**thing(), "Condition": "Never"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(
            template({"MyTopic": SKIPPED, "B": thing(x=ref("MyTopic"))}, Conditions=SKIPPING),
            "Template format error: Unresolved resource dependencies [MyTopic] in the Resources block of the template",
            id="by-a-resource",
        ),
        pytest.param(
            template({"MyTopic": SKIPPED, "B": thing()}, Conditions=SKIPPING, Outputs={"O": {"Value": ref("MyTopic")}}),
            "Unresolved resource dependencies [MyTopic] in the Outputs block of the template",
            id="by-an-output",
        ),
        pytest.param(
            template({"A": thing(x={"Fn::FindInMap": ["M", "C", "S"]})}, Mappings={"M": {"A": {"S": "x"}}}),
            "Template error: Unable to get mapping for M::C::S",
            id="a-key-that-no-mapping-has",
        ),
        pytest.param(
            template({"A": thing(x={"Fn::Select": [3, ["a"]]})}),
            "Template error: Fn::Select cannot select nonexistent value at index 3",
            id="an-index-that-no-list-has",
        ),
        pytest.param(
            template({"A": thing(x={"Fn::ToJsonString": {}})}),
            "Encountered unsupported function: Fn::ToJsonString Supported functions are: [Fn::Base64, Fn::GetAtt",
            id="an-extension-without-its-transform",
        ),
    ],
)
def test_what_can_never_work_is_refused_before_the_stack_is_made(
    room: Room, body: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError) as caught:
        room.create(body)

    assert message in refusal(caught)[1]
    assert room.api.list_stacks()["StackSummaries"] == []


def test_a_branch_that_is_not_taken_may_ask_a_skipped_resource(room: Room) -> None:
    chosen = {"Fn::If": ["Never", ref("MyTopic"), "none"]}

    room.create(template({"MyTopic": SKIPPED, "B": thing(x=chosen)}, Conditions=SKIPPING))

    assert room.world.things == {"b-1": {"x": "none"}}


def test_a_stack_may_have_no_resource_left(room: Room) -> None:
    described = room.change_set(template({"A": SKIPPED}, Conditions=SKIPPING))

    room.api.execute_change_set(StackName="demo", ChangeSetName="c")

    assert (described["Status"], described["ExecutionStatus"], described["Changes"]) == (
        "CREATE_COMPLETE",
        "AVAILABLE",
        [],
    )
    assert room.stack()["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param('{"this is invalid JSON="bobbins"}', "JSON not well-formed. (line 1, column 25)", id="json"),
        pytest.param("A:\n  B: 1\n - c\n", "YAML not well-formed. (line 3, column 2)", id="yaml"),
    ],
)
def test_a_text_that_is_no_data_is_refused_by_its_place(room: Room, text: str, place: str) -> None:
    with pytest.raises(ClientError) as caught:
        room.api.validate_template(TemplateBody=text)

    assert refusal(caught) == ("ValidationError", f"Template format error: {place}")


def test_a_long_template_must_come_by_url(room: Room) -> None:
    with pytest.raises(ClientError, match="Member must have length less than or equal to 51200"):
        room.create(template({"A": thing(x="x" * 51_200)}))


@pytest.mark.parametrize("name", ["*@da591fa3_$", "1stack", "a_b"])
def test_a_stack_name_has_letters_digits_and_hyphens(room: Room, name: str) -> None:
    with pytest.raises(ClientError) as caught:
        room.create(template(PLAIN), name=name)

    assert refusal(caught)[1] == (
        f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*"
    )
