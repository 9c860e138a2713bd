"""Which formats bind, and where each is decided. Every other format is an annotation, as JSON Schema 2020-12 section 7.2 says.

The compiler turns `int32` and `int64` into `minimum` and `maximum`; the rest is asked of the schema library, which follows
the RFCs named here, or of the checks below.
"""

import re
from collections.abc import Callable
from typing import Any

# format -> the rule it is held to. The ledger quotes this table.
FORMATS = {
    "date": "RFC 3339 full-date",
    "date-time": "RFC 3339 date-time, with its offset",
    "time": "RFC 3339 full-time, with its offset",
    "duration": "RFC 3339 appendix A",
    "uuid": "RFC 9562, 8-4-4-4-12",
    "email": "RFC 5321 mailbox",
    "hostname": "RFC 1123 section 2.1",
    "ipv4": "RFC 2673 section 3.2",
    "ipv6": "RFC 4291 section 2.2, without a zone",
    "uri": "RFC 3986, with a scheme",
    "uri-reference": "RFC 3986",
    "byte": "RFC 4648 section 4, with padding",
    "int32": "-2147483648 to 2147483647",
    "int64": "-9223372036854775808 to 9223372036854775807",
}

# What the library knows and we do not hold requests to: a document that names them rarely means the RFC.
_UNCHECKED = (
    "idn-email", "idn-hostname", "iri", "iri-reference", "uri-template", "json-pointer", "relative-json-pointer", "regex",
)  # fmt: skip
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def _is_base64(text: str) -> bool:
    return _BASE64.fullmatch(text) is not None


def _anything(_: Any) -> bool:
    return True


def own_checks() -> dict[str, Callable[[Any], bool]]:
    """Checks that take the library's place."""
    return {"byte": _is_base64, **dict.fromkeys(_UNCHECKED, _anything)}
