"""Velocity 1.x as API Gateway runs it: a template in, a function out. Pure, and closed: no name of a template reaches Python.

    render = compile_template("#foreach($x in $list)$x#if($foreach.hasNext),#end#end")
    render({"list": [1, 2]})    # "1,2"

Recorded on AWS (FACTS 8.39): what is not there is an empty text, and texts hold in conditions, so only `false` does not; macros,
`#evaluate` and `#return` stay text; lists print as Java's, JSON arrays as JSON.
"""

from .errors import TemplateError
from .methods import Thing
from .parser import compile_template
from .patterns import compile_pattern
from .values import JavaMap, JsonArray, java, printed, read_json, to_json

__all__ = [
    "JavaMap",
    "JsonArray",
    "TemplateError",
    "Thing",
    "compile_pattern",
    "compile_template",
    "java",
    "printed",
    "read_json",
    "to_json",
]
