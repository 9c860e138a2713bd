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


def test_a_template_over_binary_data_fails(world: Any, make: Any) -> None:
    world.deploy({"POST /m": make.mock(request_templates={"application/json": "$input.body"})})

    assert world.call("POST", "/m", b"\xff").status == 500
