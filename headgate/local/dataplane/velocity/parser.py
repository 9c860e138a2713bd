"""Reads a template into nodes. A sign that begins nothing stays text, as in Velocity."""

import re
from collections.abc import Callable
from typing import Any, Final

from .errors import Break, Stop, TemplateError
from .expressions import Reader
from .nodes import Define, Forbidden, Foreach, If, Jump, Set, Text, template
from .terms import Literal, Node, Quoted

_PLAIN: Final = re.compile(r"[^$#\\]+")
_WORD: Final = re.compile(r"#(\{?)([A-Za-z_][A-Za-z0-9_]*)(\}?)")
_REFERENCE: Final = re.compile(r"\$!?\{?[A-Za-z_]")
_LINE_END: Final = re.compile(r"[ \t]*(?:\r\n|\n|\r)")
_LINE_COMMENT: Final = re.compile(r"##[^\r\n]*(?:\r\n|\n|\r|$)")
_LOOP: Final = re.compile(r"\s*\$!?\{?([A-Za-z_][A-Za-z0-9_-]*)\}?\s+in\s+")
_DEFINED: Final = re.compile(r"\s*\$!?\{?([A-Za-z_][A-Za-z0-9_-]*)\}?\s*\)")
_KNOWN: Final = frozenset(
    ("set", "if", "elseif", "else", "end", "foreach", "define", "macro", "break", "stop", "include", "parse")
)
_ENDS: Final = frozenset(("elseif", "else", "end"))
_JUMPS: Final[dict[str, type[Break | Stop]]] = {"break": Break, "stop": Stop}


def compile_template(text: str) -> Callable[[dict[str, Any]], str]:
    """`render(names)` for a template. Raises TemplateError when it cannot be read."""
    try:
        return template(_Parser(text).whole())
    except RecursionError:
        raise TemplateError("the template is nested too deeply") from None


class _Parser(Reader):
    """Blocks and directives; expressions are the Reader's."""

    def whole(self) -> tuple[Node, ...]:
        """The nodes of all of the text."""
        nodes = self._block()
        if self.at < len(self.text):
            raise self.error("there is nothing that this ends")
        return nodes

    def nested(self, text: str) -> Quoted | Literal:
        """A text in double quotes: a template when anything in it could be rendered."""
        return Quoted(_Parser(text).whole()) if "$" in text or "#" in text else Literal(text)

    def _block(self) -> tuple[Node, ...]:
        """Nodes up to the directive that ends the block, which stays unread."""
        nodes: list[Node] = []
        while self.at < len(self.text):
            sign = self.text[self.at]
            if plain := _PLAIN.match(self.text, self.at):
                nodes.append(Text(self._take(plain)))
            elif sign == "\\":
                nodes.append(self._escaped())
            elif sign == "$":
                nodes.append(self.reference() or Text(self._sign()))
            elif self._ends_here():
                break
            elif node := self._hash():
                nodes.append(node)
        return tuple(nodes)

    def _take(self, found: re.Match[str]) -> str:
        self.at = found.end()
        return found[0]

    def _sign(self) -> str:
        self.at += 1
        return self.text[self.at - 1]

    def _ends_here(self) -> bool:
        return self._word() in _ENDS

    def _word(self) -> str | None:
        """The directive at this place, `#else` or `#{else}`; `#elsewhere` is none but begins one."""
        found = _WORD.match(self.text, self.at)
        if found is None or (found[1] and not found[3]):
            return None
        name = found[2]
        return name if name in _KNOWN else None

    def _pass_word(self) -> None:
        found = _WORD.match(self.text, self.at)
        assert found is not None
        self.at = found.end() if found[1] else found.end(2)

    def _escaped(self) -> Node:
        """Backslashes before a reference or a directive: two are one, an odd one makes it text; all others stay."""
        found = re.compile(r"\\+").match(self.text, self.at)
        assert found is not None
        run = self._take(found)
        start = self.at
        is_reference = _REFERENCE.match(self.text, start) is not None
        if not is_reference and self._word() is None:
            return Text(run)
        written = run[: len(run) // 2]
        if len(run) % 2 == 0:
            return Text(written)
        if is_reference:
            self.reference()
        else:
            self._pass_word()
        return Text(written + self.text[start : self.at])

    def _hash(self) -> Node | None:
        text, at = self.text, self.at
        if text.startswith("#[[", at):
            return self._raw()
        if text.startswith("##", at):
            self.at = _after(_LINE_COMMENT, text, at)
            return None
        if text.startswith("#*", at):
            end = text.find("*#", at + 2)
            if end < 0:
                raise self.error("a comment has no end")
            self.at = end + 2
            return None
        word = self._word()
        return self._unknown() if word is None else self._directive(word)

    def _raw(self) -> Node:
        """`#[[ … ]]#` stays as it is."""
        end = self.text.find("]]#", self.at)
        if end < 0:
            raise self.error("#[[ has no end")
        raw = self.text[self.at + 3 : end]
        self.at = end + 3
        return Text(raw)

    def _unknown(self) -> Node:
        """A directive that API Gateway does not have stays text, with what it has in parentheses (FACTS 8.39)."""
        start = self.at
        found = _WORD.match(self.text, start)
        if found is None:
            return Text(self._sign())
        self.at = found.end()
        if self.text.startswith("(", self.at):
            try:
                self.arguments()
            except TemplateError:
                self.at = found.end()
        return Text(self.text[start : self.at])

    def _directive(self, word: str) -> Node | None:
        start = self.at
        self._pass_word()
        if word in _JUMPS:
            return Jump(_JUMPS[word])
        if not self.skip(r"[ \t]*\("):
            if word == "set":
                self.at = start + 1
                return Text("#")
            raise self.error(f"#{word} needs (")
        readers: dict[str, Callable[[], Node | None]] = {
            "set": self._set,
            "if": self._if,
            "foreach": self._foreach,
            "define": self._define,
            "macro": self._macro,
        }
        if word in readers:
            return readers[word]()
        self.expect(r"[^)]*\)", ")")
        return Forbidden(word)

    def _set(self) -> Node:
        self.skip(r"\s*")
        target = self.reference()
        if target is None:
            raise self.error("#set needs a name")
        self.expect(r"\s*=", "=")
        source = self.expression()
        self._close()
        return Set(target, source)

    def _if(self) -> Node:
        branches = [(self._condition(), self._block())]
        while self._word() == "elseif":
            self._pass_word()
            self.expect(r"[ \t]*\(", "(")
            branches.append((self._condition(), self._block()))
        if self._word() == "else":
            self._pass_word()
            branches.append((Literal(True), self._block()))
        self._end("if")
        return If(tuple(branches))

    def _condition(self) -> Any:
        condition = self.expression()
        self._close()
        return condition

    def _foreach(self) -> Node:
        found = _LOOP.match(self.text, self.at)
        if found is None:
            raise self.error("#foreach needs `$name in`")
        self.at = found.end()
        source = self.expression()
        self._close()
        block = self._block()
        self._end("foreach")
        return Foreach(found[1], source, block)

    def _define(self) -> Node:
        found = _DEFINED.match(self.text, self.at)
        if found is None:
            raise self.error("#define needs ($name)")
        self.at = _after(_LINE_END, self.text, found.end())
        block = self._block()
        self._end("define")
        return Define(found[1], block)

    def _macro(self) -> None:
        """API Gateway reads macros and forgets them (FACTS 8.39)."""
        self.expect(r"[^)]*\)", ")")
        self.at = _after(_LINE_END, self.text, self.at)
        self._block()
        self._end("macro")

    def _close(self) -> None:
        """The parenthesis of a directive, and the rest of its line if that is empty."""
        self.expect(r"\s*\)", ")")
        self.at = _after(_LINE_END, self.text, self.at)

    def _end(self, of: str) -> None:
        if self._word() != "end":
            raise self.error(f"#{of} has no #end")
        self._pass_word()
        self.at = _after(_LINE_END, self.text, self.at)


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
