"""FACTS 8.39: Velocity as API Gateway runs it."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.local.dataplane.velocity import JavaMap, TemplateError, compile_template, java, to_json


def render(template: str, **names: Any) -> str:
    return compile_template(template)(names)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("$no$!no${no}$!{no}${no.a.b}$no.call(1)$no[0]", ""),
        ("#if($no)a#end#if(!$no)b#end#if($no == $nope)c#end#if($no == '')d#end", "acd"),
        ("#if('')a#end#if([])b#end#if(0)c#end#if({})d#end#if(false)e#end#if(null)f#end", "abcd"),
        ("$m.a.b ${m.a.b}c $m['a']['b'] $m.a['b'] $m.get('a').b $m.a.none", "1 1c 1 1 1 "),
        ("$m.a $list $m", "{b=1} [1, x] {a={b=1}}"),
        ("$doc $doc.l $doc.l[0] $doc.l[9]", '{l=[1,{"a":null}]} [1,{"a":null}] 1 '),
        ("$5 a$ $! ${} # #1 #no ##gone", "$5 a$ $! ${} # #1 #no "),
        ("$list.size()0 $list.size().x $list.size", "20  "),
        ("#set($a-b = 1)$a-b $a", "1 "),
        ("#set( $x = $list[1] )$x #set($m.c = 2)$m.c #set($list[0] = 9)$list #set($none.x = 1)$none", "x 2 [9, x] "),
        ("#set($x = 1)#set($x = 1 / 0)$x #set($x = 'a' * 2)$x", "1 1"),
        ("#set($x = -7 / 2)$x #set($x = -7 % 2)$x #set($x = 7 / 2.0)$x", "-3 -1 3.5"),
        ("#set($x = $no + 1)$x #set($x = 'a' + true)$x #set($x = 1 + 2 + 'a')$x", "1 atrue 3a"),
        ("#if('2' > 1)a#end#if('1' == 1)b#end#if(true == 'true')c#end#if(1 == true)d#end", "bc"),
        ("#if(not false and (1 lt 2 or false))a#end#if(!(1 <= 2))b#end#if(1 ne 1.0)c#end", "a"),
        ("#if(false)a#elseif($list.size() == 2)b#{else}c#end#{if}(false)d#{else}e#{end}f", "bef"),
        ("#foreach($x in $list)$foreach.index/$foreach.count/$foreach.hasNext() #end$x", "0/1/true 1/2/false "),
        ("#foreach($x in {'a': 1, 'b': 2})$x#end#foreach($x in 'abc')no#end#foreach($x in 5)no#end", "12"),
        ("#foreach($x in [1..9])#if($x == 2)#break#end$x#end #foreach($x in [3..1])$x#end", "1 321"),
        ("#foreach($a in [1, 2])#foreach($b in [1])$foreach.parent.index$foreach.topmost.count#end#end", "0112"),
        ("a#break b", "a"),
        ("#define($f)[$x]#end#set($x = 1)$f#set($x = 2)$f $f()", "[1][2] [2]()"),
        ("#[[$x #if]]#", "$x #if"),
        ("#set($x = \"a $list[1] #if(true)y#end\")$x #set($x = 'a $list')$x", "a x y a $list"),
        ("#set($x = 'it''s \\n')$x", "it's \\n"),
        ("#nothing($list) #nothing (1) #a#b", "#nothing($list) #nothing (1) #a#b"),
    ],
)
def test_a_template_renders(template: str, expected: str) -> None:
    names = {"m": JavaMap(a=JavaMap(b=1)), "list": [1, "x"], "doc": java({"l": [1, {"a": None}]})}

    assert render(template, **names) == expected


@pytest.mark.parametrize(
    ("value", "call", "expected"),
    [
        ("'a,b,,'", "split(',').size()", "2"),
        ("'abc'", "split('').size()", "3"),
        ("'a1b2'", "replaceAll('([a-z])(\\d)', '$2$1')", "1a2b"),
        ("'a.b'", "split('\\.')[1]", "b"),
        ("'aXbX'", "replaceFirst('X', '-')", "a-bX"),
        ("'abc'", "hashCode()", "96354"),
        ("'b'", "compareTo('a')", "1"),
        ("'x'", "isEmpty()", "false"),
        ("''", "format('%s-%d%n', 'b', 3)", "b-3\n"),
        ("[1, 2, 3]", "subList(1, 3)", "[2, 3]"),
        ("['a']", "indexOf('z')", "-1"),
        ("['a', 'b', 'a']", "lastIndexOf('a')", "2"),
        ("['a', 'b']", "remove('a')", "true"),
        ("['a', 'b']", "remove(0)", "a"),
        ("['a']", "addAll(['b'])", "true"),
        ("[1]", "contains(2)", "false"),
        ("{'a': 1}", "entrySet()", "[a=1]"),
        ("{'a': 1}", "getOrDefault('b', 2)", "2"),
        ("{'a': 1}", "putIfAbsent('a', 2)", "1"),
        ("{'a': 1}", "containsValue(1)", "true"),
        ("5", "toString()", "5"),
        ("5", "doubleValue()", "5.0"),
        ("1.0", "parseDouble('2.5')", "2.5"),
        ("true", "toString()", "true"),
        ("true", "compareTo(false)", "1"),
        ("'x'", "equals('x')", "true"),
        ("1", "equals(true)", "false"),
        ("'x'", "nothing()", ""),
    ],
)
def test_javas_methods(value: str, call: str, expected: str) -> None:
    assert render(f"#set($v = {value})$v.{call}") == expected


@pytest.mark.parametrize(
    "template",
    [
        "#if($x)",
        "#if $x",
        "#else",
        "#end",
        "${x",
        "$x.f(",
        "$x[1",
        "#set($x 1)",
        "#set($x = )",
        "#foreach($x of $y)#end",
        "#foreach($x in $y)",
        "#* open",
        "#[[ open",
        "#define(x)#end",
        "#set($x = 'abc')$x.charAt(3)",
        "#set($x = [1])$x.get(5)",
        "#include('/etc/passwd')",
        "#parse($x)",
        "#define($f)$f#end$f",
        "#set($x = " + "(" * 200 + "1" + ")" * 200 + ")",
    ],
)
def test_a_wrong_template_is_an_error(template: str) -> None:
    with pytest.raises(TemplateError):
        render(template)


def test_a_loop_ends_after_a_thousand_rounds() -> None:
    assert render("#foreach($x in [1..1001])a#end") == "a" * 1000


def test_names_that_were_passed_stay_as_they_were() -> None:
    names: dict[str, Any] = {"x": 1}

    assert compile_template("#set($x = 2)$x#foreach($x in [3])$x#end$x")(names) == "232"
    assert names == {"x": 1}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1e10, "1.0E10"),
        (1.5e-5, "1.5E-5"),
        (0.00123, "0.00123"),
        (0.000123, "1.23E-4"),
        (12345678.9, "1.23456789E7"),
        (9999999.0, "9999999.0"),
        (-1e22, "-1.0E22"),
        (0.0, "0.0"),
    ],
)
def test_doubles_print_as_javas(number: float, expected: str) -> None:
    assert render("$n", n=number) == expected
    assert to_json({"a": [number]}) == f'{{"a":[{expected}]}}'


@given(st.text(alphabet="$#{}()[]!.,'\"\\ab1 \n=", max_size=40))
def test_any_text_renders_or_is_an_error(text: str) -> None:
    try:
        render(text, a=JavaMap(b=[1]), b="x")
    except TemplateError:
        return


def test_text_without_signs_stays_as_it_is() -> None:
    draw = random.Random(1)
    text = "".join(draw.choice("abc {}[]()!'\"\n\\") for _ in range(2000))

    assert render(text) == text
