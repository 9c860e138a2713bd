"""Comparing two operations: what is asked of clients, and what they are answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from headgate.spec import Located, Operation

from .changes import Change, place
from .paths import variables
from .rules import Direction
from .sameness import same
from .schema import Schemata
from .shape import Schemas, anything
from .surface import Served


@dataclass(frozen=True, slots=True)
class Subject:
    """One operation on both sides."""

    old: Operation
    new: Operation
    schemata: Schemata
    api: str

    def change(
        self, rule: str, message: str, *, where: str = "", old: Located | None = None, new: Located | None = None
    ) -> Change:
        """A change of this operation; it stands at the operations when no place is given."""
        before, after = place(old or self.old.at), place(new or self.new.at)
        return Change(rule, message, where, (self.new.name,), self.api, before, after)

    def schemas(
        self, where: str, old: Located | None, new: Located | None, direction: Direction, *, is_text: bool = False
    ) -> Iterator[Change]:
        """Everything that differs between two schemas."""
        if old is None or new is None:
            yield from self._appearance(where, old, new, direction)
            return
        whole: tuple[Schemas, Schemas] = ((old,), (new,))
        for found in self.schemata.differences(*whole, direction, is_text=is_text):
            finding = found.finding
            part = f"{where} {found.way}".strip()
            yield self.change(found.rule, finding.message, where=part, old=finding.old, new=finding.new)

    def _appearance(
        self, where: str, old: Located | None, new: Located | None, direction: Direction
    ) -> Iterator[Change]:
        at = new or old
        if at is None:
            return
        free = anything(self.old.at if old is None else self.new.at, "")
        if not self.schemata.differences((old or free,), (new or free,), direction):
            return
        kind = "schema-added" if old is None else "schema-removed"
        says = "a schema; before, anything" if old is None else "no schema any more"
        yield self.change(f"{direction}-{kind}", says, where=where, old=old, new=new)


def renamed_variables(old: Operation, new: Operation) -> dict[str, str]:
    """The old names of the path's variables, each with its name in the new path."""
    return dict(zip(variables(old.template), variables(new.template), strict=False))


def compare_lifecycle(subject: Subject) -> Iterator[Change]:
    """Names and dates: operationId, deprecation, sunset, variables of the path."""
    old, new = subject.old, subject.new
    for was, is_now in renamed_variables(old, new).items():
        if was != is_now:
            yield subject.change("path-parameter-renamed", f"{{{was}}} is called {{{is_now}}}")
    given, gives = old.at.value.get("operationId"), new.at.value.get("operationId")
    if given != gives and given is not None:
        yield subject.change("operation-id-changed", f"operationId {given} became {gives or 'none'}")
    was_deprecated, is_deprecated = (side.at.value.get("deprecated") is True for side in (old, new))
    sunset = new.at.value.get("x-sunset")
    if is_deprecated and not was_deprecated:
        yield subject.change("operation-deprecated", f"deprecated{f', goes away on {sunset}' if sunset else ''}")
    if was_deprecated and not is_deprecated:
        yield subject.change("operation-reactivated", "no longer deprecated")
    yield from _compare_sunset(subject, old.at.value.get("x-sunset"), sunset)


def _compare_sunset(subject: Subject, was: object, is_now: object) -> Iterator[Change]:
    if was == is_now:
        return
    if was is None:
        yield subject.change("sunset-added", f"goes away on {is_now}")
    elif is_now is None:
        yield subject.change("sunset-removed", f"was to go away on {was}")
    else:
        # ISO 8601 dates sort as texts
        rule = "sunset-earlier" if str(is_now) < str(was) else "sunset-later"
        yield subject.change(rule, f"goes away on {is_now}, not on {was}")


def compare_settings(subject: Subject, old: Served, new: Served) -> Iterator[Change]:
    """`x-headgate`, and who answers."""
    before, after = subject.old.settings, subject.new.settings
    if before.workflow != after.workflow:
        yield subject.change(
            "workflow-changed", f"{before.workflow or 'no composition'} became {after.workflow or 'none'}"
        )
    elif old.workflow is not None and new.workflow is not None and not same(old.workflow, new.workflow):
        says = f"workflow {after.workflow} is not what it was"
        yield subject.change("workflow-changed", says, old=old.workflow, new=new.workflow)
    if old.upstream != new.upstream and not after.workflow:
        yield subject.change("upstream-changed", f"{old.upstream or 'none'} became {new.upstream or 'none'}")
    if before.rewrite != after.rewrite:
        yield subject.change("rewrite-changed", "x-headgate.rewrite changed")
    if before.cache != after.cache:
        yield subject.change("cache-changed", f"x-headgate.cache {before.cache} became {after.cache}")
    was_strict, is_strict = (settings.validate_ == "strict" for settings in (before, after))
    if was_strict != is_strict:
        says = "validate became strict" if is_strict else "validate is no longer strict"
        yield subject.change("validation-stricter" if is_strict else "validation-looser", says)
    yield from _compare_limits(subject)


def _compare_limits(subject: Subject) -> Iterator[Change]:
    before, after = subject.old.settings, subject.new.settings
    if before.timeout != after.timeout:
        was, is_now = before.timeout or 29.0, after.timeout or 29.0
        rule = "timeout-shortened" if is_now < was else "timeout-lengthened"
        if was != is_now:
            yield subject.change(rule, f"timeout {was:g} s became {is_now:g} s")
    rates = [(t.rate, t.burst) if (t := side.throttle) else None for side in (before, after)]
    if rates[0] != rates[1]:
        yield subject.change(
            throttle_rule(*rates), f"throttle {throttle_text(rates[0])} became {throttle_text(rates[1])}"
        )
    if before.audience != after.audience:
        lost = before.audience is None or set(before.audience) - set(after.audience or before.audience)
        says = f"audience {before.audience or 'any of the issuer'} became {after.audience or 'any of the issuer'}"
        yield subject.change("audience-narrowed" if lost else "audience-widened", says)


def throttle_rule(was: tuple[float, int] | None, is_now: tuple[float, int] | None) -> str:
    """Tightened when the rate or the burst is lower than before; none is no limit."""
    if is_now is None:
        return "throttle-loosened"
    is_tighter = was is None or is_now[0] < was[0] or is_now[1] < was[1]
    return "throttle-tightened" if is_tighter else "throttle-loosened"


def throttle_text(rate: tuple[float, int] | None) -> str:
    return f"{rate[0]:g}/s, {rate[1]} at once" if rate else "none"
