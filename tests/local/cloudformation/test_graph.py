"""The order of work, and references that lead nowhere."""

import json
from typing import Any

import pytest

from headgate.local.cloudformation.graph import check_references, order
from headgate.local.cloudformation.template import TemplateError, parse

from .fakes import get_att, ref, template, thing


def parsed(resources: dict[str, Any], **sections: Any) -> Any:
    return parse(json.dumps(template(resources, **sections)))


def test_a_resource_comes_after_everything_it_mentions() -> None:
    result = order(
        parsed(
            {
                "A": thing(x={"Fn::Sub": "${B}"}),
                "B": thing(x=get_att("C", "Arn")),
                "C": thing(depends_on="D"),
                "D": thing(),
            }
        ).resources
    )

    assert result == ("D", "C", "B", "A")


def test_a_cycle_is_named() -> None:
    with pytest.raises(TemplateError, match=r"Circular dependency between resources: \[A, B\]"):
        order(parsed({"A": thing(x=ref("B")), "B": thing(x=ref("A")), "C": thing()}).resources)


def test_every_dangling_reference_is_told() -> None:
    bad = parsed(
        {"A": thing(x=ref("Gone"), depends_on="Lost")}, Outputs={"O": {"Value": ref("Missing"), "Condition": "C"}}
    )

    with pytest.raises(TemplateError) as caught:
        check_references(bad)

    assert "[Gone, Lost] in the Resources block" in str(caught.value)
    assert "[Missing] in the Outputs block" in str(caught.value)
    assert "Unresolved condition dependency C in the Outputs block of the template" in str(caught.value)
