"""FACTS 8.20, 8.21: mapping templates; what API Gateway adds to Velocity."""

from typing import Any

import pytest

BODY = b'{"name":"b\xc3\xa9","list":[1,{"a":"x"}],"deep":{"k":{"n":null}},"t":true}'


@pytest.fixture
def render(world: Any, make: Any) -> Any:
    """`render(template, body)`: what a Lambda behind a template receives."""

    def through(template: str, body: bytes = BODY, url: str = "/e/7?q=1&q=2", **headers: str) -> str:
        from headgate.local.dataplane.exchange import Exchange
        from headgate.local.dataplane.message import Request
        from headgate.local.dataplane.place import Side
        from headgate.local.dataplane.template import Template

        path, _, query = url.encode().partition(b"?")
        sent = tuple((name.encode(), value.encode()) for name, value in headers.items())
        side = Side(world.deployment({"GET /": make.mock()}).definition, "dev", "d1", {"v": "1"})
        exchange = Exchange(Request("GET", "api1", "dev", path, query, sent, body), side, "GET")
        exchange.parameters = {"id": "7"}
        return Template(template).render(exchange, body)

    return through


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("constant", "constant"),
        ("$input.body.length()", "67"),
        ("$input.path('$.name')", "bé"),
        ("$input.path('$.list')", '[1,{"a":"x"}]'),
        ("$input.path('$.deep')", "{k={n=null}}"),
        ("$input.path('$').t", "true"),
        ("$input.path('$.list[1].a')$input.path('$.list')[0]", "x1"),
        ("$input.json('$.list')", '[1,{"a":"x"}]'),
        ("$input.json('$.name')$input.json('$.nope')", '"bé"""'),
        ("$input.path('$..a')", '["x"]'),
        ("#set($r = $input.path('$.nope'))[$r]#if($r == $null)N#end#if($r == '')E#end#if(!$r)F#end", "[]NE"),
        ("$input.params('id')$input.params('q')$input.params('h')$input.params('none')", "72v"),
        ("$input.params().path.id/$input.params().querystring.get('q')/$input.params().header.h", "7/2/v"),
        ("#foreach($k in $input.params().path.keySet())$k#end", "id"),
        ("$stageVariables.v/$stageVariables.none/${stageVariables.v}", "1//1"),
        ("$context.stage $context.none.deep", "dev "),
        ("$util.urlEncode('a b/ü')$util.urlDecode('a+b')", "a+b%2F%C3%BCa b"),
        ("$util.base64Encode('ab')$util.base64Decode('YWI=')", "YWI=ab"),
        ("""$util.escapeJavaScript("it's/x")""", "it\\'s\\/x"),
        ("""$util.parseJson('{"a":[1]}').a""", "[1]"),
        ("#foreach($i in $input.path('$.list'))$foreach.index#if($foreach.hasNext),#end#end", "0,1"),
        ("#set($m = {'a': 1})$m.a$!m.put('b', 2)$m.b#foreach($e in $m.entrySet())$e.key=$e.value;#end", "12a=1;b=2;"),
        ("#if($input.path('$.t') && 1 < 2)y#{else}n#end", "y"),
        ("#set($s = 'Ab')$s.toUpperCase()$s.toLowerCase()$s.equals('Ab')$s.isEmpty()", "ABabtruefalse"),
        ("#macro(hi $n)[$n]#end#hi('x')## comment", "#hi('x')"),
        ("$input.__class__.__init__.__globals__|$util.names|$input.path.__func__", "||"),
        (
            "$input.path('$.list.length()') $input.path('$.list[-1].a') $input.path('$..nope')$input.path('$.list[-3]')",
            "2 x []",
        ),
        ("$util.escapeJavaScript($input.path('$.t'))$util.escapeJavaScript($none)", "true"),
        ("#set($x = 7 % 4 + 2 * 3)$x", "9"),
    ],
)
def test_templates(render: Any, template: str, expected: str) -> None:
    assert render(template, h="v") == expected


def test_the_body_of_nothing_is_an_empty_object(render: Any) -> None:
    assert render("B=$input.body", b"") == "B={}"


@pytest.mark.parametrize(
    "template",
    [
        "#if($x)open",
        "#include('/etc/passwd')",
        "#parse('/etc/passwd')",
        "$util.parseJson('{')",
        "#" * 400_000,
        "$input.path('$[?(')",
    ],
    ids=["syntax", "include", "parse", "bad-json", "size", "bad-path"],
)
def test_a_wrong_template_is_our_configuration_error(world: Any, make: Any, template: str) -> None:
    world.deploy({"GET /m": make.mock(template)})

    assert world.call("GET", "/m").status == 500


@pytest.mark.parametrize(
    ("types", "call", "status"),
    [
        (("*/*",), (None, b""), 500),
        (("application/json",), (None, b"{}"), 500),
        (("*/*",), ("CONVERT_TO_BINARY", b"e30="), 500),
        (("*/*",), ("CONVERT_TO_TEXT", b"\xff"), 200),
        ((), ("CONVERT_TO_BINARY", b"/w=="), 500),
        ((), (None, b"\xff"), 200),
        (("image/png",), (None, b"\xff"), 200),
    ],
    ids=["any-type", "its-type", "kept-binary", "made-text", "made-binary", "no-types", "other-type"],
)
def test_a_template_over_binary_data_fails(
    world: Any, make: Any, types: tuple[str, ...], call: tuple[str | None, bytes], status: int
) -> None:
    """FACTS 8.28: a binary payload is no text, even an empty one, unless it is converted."""
    handling, body = call
    template = {"application/json": '#set($text = "$input.body"){"statusCode": 200}'}
    mock = make.mock(request_templates=template, content_handling=handling)
    world.deploy({"POST /m": mock}, binary_media_types=types)

    assert world.call("POST", "/m", body).status == status


@pytest.mark.parametrize(
    ("text", "decoded"),
    [("YQ", "a"), ("eyJhIjoiw78_PiJ9", '{"a":"\u00ff?>"}'), ("Y Q=\n=", "a"), ("_-4", "\ufffd\ufffd")],
    ids=["no-padding", "token", "blanks", "url-alphabet"],
)
def test_base64_needs_no_padding(render: Any, text: str, decoded: str) -> None:
    assert render(f"$util.base64Decode('{text}')") == decoded


def test_objects_of_the_gateway_print_nothing(render: Any) -> None:
    assert render("[$input][$util]") == "[][]"
