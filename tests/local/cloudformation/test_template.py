"""Reading templates: JSON, YAML with short tags, and every problem at once."""

import pytest

from headgate.local.cloudformation.template import TemplateError, parse


def test_json_and_yaml_give_the_same_resources() -> None:
    as_json = parse('{"Resources": {"A": {"Type": "T", "Properties": {"N": {"Fn::GetAtt": ["B", "C.D"]}}}}}')
    as_yaml = parse("Resources:\n  A:\n    Type: T\n    Properties:\n      N: !GetAtt B.C.D\n")

    assert as_json.resources == as_yaml.resources


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        pytest.param("!Ref X", {"Ref": "X"}, id="ref"),
        pytest.param('!Sub "${X}-y"', {"Fn::Sub": "${X}-y"}, id="sub"),
        pytest.param("!Join [',', [a, b]]", {"Fn::Join": [",", ["a", "b"]]}, id="join"),
        pytest.param("!If [C, !Ref A, !Ref B]", {"Fn::If": ["C", {"Ref": "A"}, {"Ref": "B"}]}, id="nested"),
        pytest.param("!Condition C", {"Condition": "C"}, id="condition"),
        pytest.param("2012-10-17", "2012-10-17", id="a-date-stays-text"),
    ],
)
def test_short_tags(tag: str, value: object) -> None:
    parsed = parse(f"Resources:\n  A:\n    Type: T\n    Properties:\n      N: {tag}\n")

    assert parsed.resources["A"].properties["N"] == value


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(TemplateError) as caught:
        parse(
            '{"Rezources": {}, "Resources": {"a-b": {"Type": "T"}, "C": {"DeletionPolicy": "Keep"}}, "Outputs": {"O": {}}}'
        )

    message = str(caught.value)
    assert "Invalid template property or properties [Rezources]" in message
    assert "Resource name a-b is non alphanumeric" in message
    assert "[/Resources/C] Every Resources object must contain a Type member" in message
    assert "Unrecognized DeletionPolicy Keep for resource C" in message
    assert "Every Outputs member must contain a Value object" in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("{", "JSON not well-formed", id="broken-json"),
        pytest.param("a: [", "YAML not well-formed", id="broken-yaml"),
        pytest.param("[]", "unsupported structure", id="a-list"),
        pytest.param("{}", "At least one Resources member must be defined", id="empty"),
        pytest.param('{"Transform": "AWS::Serverless-2016-10-31"}', "Transform AWS::Serverless", id="transform"),
    ],
)
def test_unusable_templates_are_refused(text: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        parse(text)


def test_the_text_is_kept_as_given() -> None:
    text = '{ "Resources" :  {"A": {"Type": "T"}} }\n'

    assert parse(text).text == text
