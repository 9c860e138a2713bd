"""Documents nobody here wrote, served by `headgate up --spec FILE --mock`: who gets in, who does not, and what comes back."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headgate import spec
from headgate.local.mock.requests import Sample, samples

from .gateway import Client, Gateway, up

DOCUMENTS = Path(__file__).resolve().parents[1] / "spec" / "documents"
CHECKS = ",".join(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
SEED = "20261121"
