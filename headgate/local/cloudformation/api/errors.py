"""Error documents of the query protocol. Every one is a 4xx: SDKs retry a 5xx for tens of seconds."""

from uuid import uuid4
from xml.sax.saxutils import escape

NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
NOT_FOUND = frozenset({"ChangeSetNotFound"})


def error_document(code: str, message: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of an error."""
    body = (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>{escape(code)}</Code>'
        f"<Message>{escape(message)}</Message></Error><RequestId>{uuid4()}</RequestId></ErrorResponse>"
    )
    return 404 if code in NOT_FOUND else 400, {"Content-Type": "text/xml"}, body
