"""Forms held to the document: urlencoded fields and parts of multipart, with their Encoding Objects."""

from __future__ import annotations

from typing import Any

import pytest

from tests.aggregator.edges import checked, operation

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=XX"
FIELDS = {
    "type": "object",
    "required": ["n"],
    "properties": {
        "n": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
        "at": {"type": "object", "properties": {"x": {"type": "integer"}}, "additionalProperties": False},
        "file": {"type": "string", "format": "binary"},
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": 1},
    },
    "additionalProperties": {"type": "boolean"},
}


def status(media_type: str, sent: str | bytes, **encoding: Any) -> int:
    entry = {"schema": FIELDS, **({"encoding": encoding} if encoding else {})}
    body = {"required": True, "content": {media_type.partition(";")[0]: entry}}
    with checked(operation(body=body)) as api:
        answer = api.post(sent, headers=[("Content-Type", media_type)])
        assert answer.status == 200 or {place for place, _, _ in answer.errors} == {"body"}
        return answer.status


@pytest.mark.parametrize(
    ("good", "bad", "encoding"),
    [
        ("n=1", "n=a", {}),
        ("n=1", "m=true", {}),
        ("n=1&m=true", "n=1&m=x", {}),
        ("n=1", "n=1&n=2", {}),
        ("n=1&tags=a&tags=b", "n=1&tags=a&tags=b&tags=c", {}),
        ("n=1&tags=a,b,c", "n=1&tags=a,b,c", {"tags": {"explode": False}}),
        ("n=1&tags=a%7Cb", "n=1&tags=a%7Cb%7Cc", {"tags": {"style": "pipeDelimited", "explode": False}}),
        ("n=1&at=%7B%22x%22:1%7D", "n=1&at=%7B%22x%22:%22a%22%7D", {}),
        ("n=1&at[x]=1", "n=1&at[x]=a", {"at": {"style": "deepObject", "explode": True}}),
        ("n=1&at[x]=1", "n=1&at[z]=1", {}),
        ("n=1&tags[]=a", "n=1&tags[]=a&tags[]=b&tags[]=c", {}),
        ("n=%31&", "n=%ff", {}),
        ("n=1&tags=a+b", "n=é", {}),
    ],
)
def test_urlencoded_fields(good: str, bad: str, encoding: Any) -> None:
    if good != bad:
        assert status(FORM, bad, **encoding) == 400
    if encoding != {"tags": {"explode": False}}:
        assert status(FORM, good, **encoding) == 200


def test_a_list_in_one_field_is_split_where_its_encoding_says() -> None:
    assert status(FORM, "n=1&tags=a,b", tags={"explode": False}) == 200
    assert status(FORM, "n=1&tags=a,b,c", tags={"explode": False}) == 400


def part(name: str, value: bytes | str, *headers: str, more: str = "") -> bytes:
    data = value if isinstance(value, bytes) else value.encode()
    lines = [f'Content-Disposition: form-data; name="{name}"{more}', *headers]
    return b"--XX\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + data + b"\r\n"


def whole(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--XX--\r\n"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([part("n", "1")], 200),
        ([part("n", "a")], 400),
        ([part("tags", "a")], 400),
        ([part("n", "1"), part("n", "2")], 400),
        ([part("n", "1"), part("tags", "a"), part("tags", "b")], 200),
        ([part("n", "1"), part("at", '{"x": 1}')], 200),
        ([part("n", "1"), part("at", '{"x": 1}', "Content-Type: application/json")], 200),
        ([part("n", "1"), part("at", '{"x": "a"}', "Content-Type: application/json")], 400),
        ([part("n", "1"), part("at", '{"x": 1, "x": 1}', "Content-Type: application/json")], 400),
        ([part("n", "1"), part("file", bytes(range(256)), "Content-Type: image/png", more='; filename="a.png"')], 200),
        ([part("n", "1"), part("files", b"1", more='; filename="1"'), part("files", b"2", more='; filename="2"')], 400),
        ([part("n", "1"), part("m", "true")], 200),
        ([part("n", "1"), part("m", "x")], 400),
    ],
)
def test_parts(parts: list[bytes], expected: int) -> None:
    assert status(PARTS, whole(*parts)) == expected


@pytest.mark.parametrize(
    "sent",
    [
        b"", b"--XX--\r\n"[:4], part("n", "1"), b"junk\r\n" + whole(part("n", "1")), whole(part("n", "1")) + b"more",
        b"--XX\r\nContent-Disposition: form-data\r\n\r\n1\r\n--XX--\r\n", b"--XX\r\nno header\r\n\r\n1\r\n--XX--\r\n",
        b"--XX\r\nContent-Disposition: form-data; name=n\r\n--XX--\r\n", whole(part("n", "1")).replace(b"XX--", b"XY--"),
        whole(part("n", "1")).replace(b"--XX\r\n", b"--XXmore\r\n", 1), whole(*[part("n", "1")] * 1001),
    ],
)  # fmt: skip
def test_what_is_no_multipart_is_refused(sent: bytes) -> None:
    assert status(PARTS, sent) == 400


@pytest.mark.parametrize(
    "odd",
    [
        part("m", "true").replace(b"form-data", b"attachment"),
        part("m", "true", "no header"),
        part("m", "true", "X-Long: " + "x" * 9000),
        part("tags", "").replace(b"\r\n\r\n", b""),
        b"".join(part(f"m{number}", "true") for number in range(1000)),
    ],
    ids=["attachment", "no-header", "long", "no-blank-line", "many"],
)
def test_one_odd_part_spoils_the_whole(odd: bytes) -> None:
    assert status(PARTS, whole(part("n", "1"), odd)) == 400


def test_a_boundary_may_have_seventy_characters() -> None:
    for length, expected in ((70, 200), (71, 400)):
        boundary = "X" * length
        sent = whole(part("n", "1")).replace(b"XX", boundary.encode())

        assert status(f"multipart/form-data; boundary={boundary}", sent) == expected


def test_a_form_has_bounds() -> None:
    assert status(FORM, "n=1&" + "&".join(f"m{number}=true" for number in range(9_999))) == 200
    assert status(FORM, "n=1&" + "&".join(f"m{number}=true" for number in range(10_000))) == 400


def test_multipart_without_a_boundary_is_refused() -> None:
    assert status("multipart/form-data", whole(part("n", "1"))) == 400


def test_a_part_keeps_the_types_and_headers_of_its_encoding() -> None:
    types = {"contentType": "image/png, image/*", "requiredHeaders": ["X-Id"]}
    picture = ("Content-Type: image/gif", "X-Id: 1")

    assert status(PARTS, whole(part("n", "1"), part("file", b"1", *picture)), file=types) == 200
    assert status(PARTS, whole(part("n", "1"), part("file", b"1", *picture[:1])), file=types) == 400
    assert (
        status(PARTS, whole(part("n", "1"), part("file", b"1", "Content-Type: text/x", picture[1])), file=types) == 400
    )


def test_text_is_held_to_its_schema_and_pictures_to_none() -> None:
    body = {
        "required": True,
        "content": {"text/plain": {"schema": {"maxLength": 2}}, "image/png": {"schema": {"maxLength": 2}}},
    }
    with checked(operation(body=body)) as api:
        sent = [api.post(text, headers=[("Content-Type", kind)]).status for kind, text in TEXTS]

    assert sent == [200, 400, 400, 200]


TEXTS = [("text/plain", "éé"), ("text/plain", "abc"), ("text/plain", b"\xff"), ("image/png", b"abc")]
