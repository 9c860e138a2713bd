"""AWS::LanguageExtensions and AWS::Include: what they make of a template, and what they refuse."""

import io
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .fakes import ref, template, thing
from .room import Room, refusal

EXTENDED = {"Transform": "AWS::LanguageExtensions"}
EXPAND = {"Capabilities": ["CAPABILITY_AUTO_EXPAND"]}


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_loop_makes_a_resource_per_item_and_an_output_per_resource(room: Room) -> None:
    resources = {"Fn::ForEach::Things": ["Name", ref("Names"), {"Thing${Name}": thing(x={"Fn::Sub": "n-${Name}"})}]}
    outputs = {"Fn::ForEach::Outs": ["Name", ["One", "Two"], {"Out${Name}": {"Value": {"Ref": "Thing${Name}"}}}]}
    declared = {"Names": {"Type": "CommaDelimitedList", "Default": "One,Two"}}

    room.create(template(resources, Outputs=outputs, Parameters=declared, **EXTENDED), **EXPAND)

    assert sorted(room.world.things.values(), key=str) == [{"x": "n-One"}, {"x": "n-Two"}]
    assert {item["OutputKey"] for item in room.stack()["Outputs"]} == {"OutOne", "OutTwo"}


def test_loops_nest_and_stand_in_properties(room: Room) -> None:
    inner = {"Fn::ForEach::Inner": ["B", ["x", "y"], {"${A}${B}": {"Ref": "A"}}]}
    resources = {"Fn::ForEach::Outer": ["A", ["p", "q"], {"T${A}": thing(**inner)}]}

    room.create(template(resources, **EXTENDED), **EXPAND)

    assert list(room.world.things.values()) == [{"px": "p", "py": "p"}, {"qx": "q", "qy": "q"}]


def test_an_ampersand_keeps_letters_and_digits_only(room: Room) -> None:
    resources = {"Fn::ForEach::T": ["Ip", ["10.0.0.1"], {"T&{Ip}": thing(x="${Ip}")}]}

    room.create(template(resources, **EXTENDED), **EXPAND)

    assert list(room.engine.get("demo").resources) == ["T10001"]
    assert list(room.world.things.values()) == [{"x": "10.0.0.1"}]


def test_the_functions_of_the_language(room: Room) -> None:
    properties = {
        "length": {"Fn::Length": ["a", "b"]},
        "json": {"Fn::ToJsonString": {"region": ref("AWS::Region")}},
        "found": {"Fn::FindInMap": ["M", "no", "such", {"DefaultValue": "d"}]},
    }

    room.create(template({"A": thing(**properties)}, Mappings={"M": {"a": {"b": "c"}}}, **EXTENDED), **EXPAND)

    assert room.world.things["a-1"] == {"length": 2, "json": '{"region":"us-east-1"}', "found": "d"}


def test_a_deletion_policy_may_be_a_parameter(room: Room) -> None:
    declared = {"Policy": {"Type": "String", "Default": "Retain"}}
    body = template({"A": {**thing(), "DeletionPolicy": ref("Policy")}}, Parameters=declared, **EXTENDED)
    room.create(body, **EXPAND)

    room.api.delete_stack(StackName="demo")

    assert list(room.world.things) == ["a-1"]


def test_the_template_is_kept_as_given_and_as_made(room: Room) -> None:
    body = template({"Fn::ForEach::T": ["N", ["A"], {"${N}": thing()}]}, **EXTENDED)
    room.create(body, **EXPAND)

    original = room.api.get_template(StackName="demo")["TemplateBody"]
    processed = room.api.get_template(StackName="demo", TemplateStage="Processed")["TemplateBody"]

    assert original == body
    assert processed == template({"A": thing()})
    assert room.api.get_template_summary(StackName="demo")["DeclaredTransforms"] == ["AWS::LanguageExtensions"]


def test_a_transform_is_acknowledged_or_reviewed(room: Room) -> None:
    body = template({"A": thing()}, **EXTENDED)

    with pytest.raises(ClientError) as caught:
        room.create(body)

    assert refusal(caught) == (
        "InsufficientCapabilitiesException",
        "Requires capabilities : [CAPABILITY_AUTO_EXPAND]",
    )
    assert room.change_set(body)["Status"] == "CREATE_COMPLETE"


class Bucket:
    """One object."""

    class exceptions:  # noqa: N801 - boto3's name
        ClientError = ClientError

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if (Bucket, Key) != ("parts", "thing.yaml"):
            raise ClientError(
                {"Error": {"Code": "NoSuchKey", "Message": "The specified key does not exist."}}, "GetObject"
            )
        return {"Body": io.BytesIO(b"x: 1\ny: !Ref AWS::Region\n")}


def including(location: Any) -> dict[str, Any]:
    include = {"Name": "AWS::Include", "Parameters": {"Location": location}}
    return template({"A": thing(**{"Fn::Transform": include, "x": 2})})


def test_an_include_is_put_beside_what_stands_there(room: Room) -> None:
    room.services["s3"] = Bucket()

    room.create(including("s3://parts/thing.yaml"), **EXPAND)

    assert room.world.things["a-1"] == {"x": 2, "y": "us-east-1"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (including("s3://parts/other.yaml"), "Transform AWS::Include failed with: S3 error: The specified key"),
        (including("https://x"), "The location parameter is not a valid S3 uri"),
        (template({"A": thing(**{"Fn::Transform": {"Name": "Mine"}})}), "No transform named Mine found."),
        (
            template({"A": thing(**{"Fn::Transform": {"Name": {"Ref": "X"}}})}),
            "Key Name of transform definition must be a string.",
        ),
        (
            template({"A": thing()}, Transform="AWS::Serverless-2016-10-31"),
            "Transform AWS::Serverless-2016-10-31 is not",
        ),
        (template({"Fn::ForEach::T": ["N", ["A"]]}, **EXTENDED), "Fn::ForEach::T layout is incorrect"),
        (template({"Fn::ForEach::T": ["N", ref("X"), {"${N}": thing()}]}, **EXTENDED), "could not resolve its list"),
    ],
    ids=["object", "location", "macro", "name", "serverless", "layout", "list"],
)
def test_what_cannot_be_transformed_is_refused(room: Room, body: dict[str, Any], told: str) -> None:
    room.services["s3"] = Bucket()

    with pytest.raises(ClientError) as caught:
        room.create(body, **EXPAND)

    code, message = refusal(caught)
    assert (code, told in message) == ("ValidationError", True), message
