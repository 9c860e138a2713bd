"""The schema that editors read is the one the models make."""

import json
from pathlib import Path

from headgate.spec import project_schema

PUBLISHED = Path(__file__).resolve().parents[3] / "docs" / "gateway.schema.json"


def test_published_schema_of_gateway_yaml_is_current() -> None:
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == project_schema()
