"""MOCK integrations: the request template says the status (FACTS 8.10, 8.11)."""

import json
import re

from ..records import Integration
from .exchange import Exchange, Report
from .message import Response
from .refusal import misconfigured
from .request_body import RequestBody
from .shape import ResponseShaper
from .switches import Switches

_BARE_KEY = re.compile(r"([{,]\s*)([A-Za-z_]\w*)(\s*:)")
_EXTRA_COMMAS = re.compile(r",(?=\s*[,}\]])")


class Mock:
    """The MOCK integration of one operation."""

    def __init__(self, integration: Integration, switches: Switches) -> None:
        self._body = RequestBody(integration, switches)
        self._shaper = ResponseShaper(integration, switches)
        self._fails_empty = switches.mock_without_template_fails
        self._known: dict[bytes, int] = {}

    async def run(self, exchange: Exchange) -> Response:
        """Render, read the status, select and shape a response."""
        rendered = self._body.write(exchange)
        status = self._known.get(rendered)
        if status is None:
            status = self._read(rendered)
            if len(self._known) < 64:  # constant templates render the same bytes for every request
                self._known[rendered] = status
        exchange.report = Report(status=status)
        return self._shaper.shape(exchange, Response(status), str(status))

    def _read(self, rendered: bytes) -> int:
        if not rendered and not self._fails_empty:
            return 200  # FACTS 8.11
        status = status_of(rendered.decode("utf-8", "replace"))
        if status is None:
            raise misconfigured(f"a mock's request template must give an integer statusCode: {rendered[:200]!r}")
        return status


def status_of(text: str) -> int | None:
    """`{statusCode: 200}` -> 200: unquoted names, single quotes and spare commas are accepted, a quoted number is not."""
    text = text.strip()
    if not (text.startswith("{") and text.endswith("}")):
        return None
    for candidate in (text, _relaxed(text)):
        try:
            value = json.loads(candidate)
        except ValueError:
            continue
        status = value.get("statusCode") if isinstance(value, dict) else None
        return status if isinstance(status, int) and not isinstance(status, bool) else None
    return None


def _relaxed(text: str) -> str:
    """FACTS 8.10: mixed quotes stay wrong, because only texts without double quotes have their single ones replaced."""
    if '"' not in text:
        text = text.replace("'", '"')
    return _EXTRA_COMMAS.sub("", _BARE_KEY.sub(r'\1"\2"\3', text))
