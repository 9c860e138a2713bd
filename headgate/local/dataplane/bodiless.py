"""What backends say after answers that have no body: 204, 304 and answers to HEAD (RFC 9112, 6.3).

Some send one all the same. Read strictly, its bytes are a broken next answer, and the good one before them is lost;
they are dropped here, with the connection they came on.
"""

import re
from typing import Any

from aiohttp.client_proto import ResponseHandler

_END = b"\r\n\r\n"
_ANNOUNCED = re.compile(rb"\r\n(?:content-length:\s*0*[1-9]|transfer-encoding:)", re.IGNORECASE)
_WITHOUT_BODY = frozenset((b"204", b"304"))


class PatientResponseHandler(ResponseHandler):
    """aiohttp's reader of one connection, which forgives a body where there is none."""

    _is_head = False

    def set_response_params(self, *, skip_payload: bool = False, **more: Any) -> None:
        """aiohttp's, for each request of the connection: `skip_payload` is HEAD."""
        self._is_head = skip_payload
        super().set_response_params(skip_payload=skip_payload, **more)

    def data_received(self, data: bytes) -> None:
        """Whole heads only: one that arrives in pieces is read as strictly as ever."""
        if (self._is_head or data[9:12] in _WITHOUT_BODY) and (self._payload is None or self._payload.is_eof()):
            end = data.find(_END) + len(_END)
            announced = data.startswith(b"204", 9) and _ANNOUNCED.search(data, 0, end)  # it may come in a moment
            if announced or len(_END) <= end < len(data):
                data = data[:end]
                self.force_close()
        super().data_received(data)
