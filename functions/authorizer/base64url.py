"""Base64url as JOSE writes it (RFC 7515 section 2): no padding, no other alphabet, one spelling per value.

    decode("AQ") -> b"\\x01"     decode("AR"), decode("AQ=="), decode("A+") -> ValueError

Lenient decoders accept several texts for one value, which makes a token pass a check it should fail (Wycheproof ModifiedPadding).
"""

import binascii

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_PADDING = (b"", b"", b"==", b"=")
# Characters whose unused low bits are zero, by length modulo 4: the only canonical last characters.
_LAST: tuple[frozenset[int], ...] = (
    frozenset(_ALPHABET),
    frozenset(),
    frozenset(_ALPHABET[::16]),
    frozenset(_ALPHABET[::4]),
)


def decode(text: str) -> bytes:
    """The bytes a canonical base64url text stands for; ValueError for every other text."""
    try:
        data = text.encode("ascii")
    except UnicodeEncodeError:
        raise ValueError("not base64url") from None
    rest = len(data) % 4
    if data.translate(None, _ALPHABET) or (data and data[-1] not in _LAST[rest]):
        raise ValueError("not canonical base64url")
    return binascii.a2b_base64(data.translate(_TO_STANDARD) + _PADDING[rest])
