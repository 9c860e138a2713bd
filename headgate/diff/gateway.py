"""Comparing two gateway.yaml: what clients notice of CORS, issuers, plans, stages and upstreams."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.spec import Project
from headgate.spec.settings.extension import Throttle
from headgate.spec.settings.project import Api, Cors, Issuer, Plan

from .changes import Change, place
from .operations import throttle_rule, throttle_text


class Gateways:
    """Two projects."""

    def __init__(self, old: Project, new: Project) -> None:
        self.old = old
        self.new = new

    def changes(self) -> Iterator[Change]:
        for name in sorted(self.old.apis.keys() & self.new.apis.keys()):
            yield from self._compare_api(name, self.old.apis[name], self.new.apis[name])
        yield from self._compare_issuers()
        yield from self._compare_plans()
        yield from self._compare_stages()
        yield from self._compare_upstreams()

    def _change(self, rule: str, message: str, *keys: str, api: str = "") -> Change:
        before = self.old.file.root.at(*keys) or self.old.file.root
        after = self.new.file.root.at(*keys) or self.new.file.root
        return Change(rule, message, " ".join(keys), (), api, place(before), place(after))

    def _compare_api(self, name: str, old: Api, new: Api) -> Iterator[Change]:
        if old.endpoint != new.endpoint:
            yield self._change("endpoint-changed", f"{old.endpoint} became {new.endpoint}", "apis", name, api=name)
        if sorted(old.binary_media_types) != sorted(new.binary_media_types):
            yield self._change("binary-media-types-changed", "binary-media-types changed", "apis", name, api=name)
        if old.cors != new.cors:
            yield from self._compare_cors(name, old.cors, new.cors)

    def _compare_cors(self, api: str, old: Cors | None, new: Cors | None) -> Iterator[Change]:
        way = ("apis", api, "cors")
        if old is None or new is None:
            rule, says = ("cors-widened", "browsers of other origins are let in now")
            if new is None:
                rule, says = ("cors-narrowed", "browsers of other origins are refused now")
            yield self._change(rule, says, *way, api=api)
            return
        for what in ("origins", "headers", "methods"):
            before, after = _words(old, what), _words(new, what)
            if before - after and "*" not in after:
                yield self._change(
                    "cors-narrowed", f"{what} without {', '.join(sorted(before - after))}", *way, api=api
                )
            if after - before and "*" not in before:
                yield self._change("cors-widened", f"{what} with {', '.join(sorted(after - before))}", *way, api=api)
        if old.credentials != new.credentials:
            rule = "cors-widened" if new.credentials else "cors-narrowed"
            yield self._change(
                rule, f"credentials {'are' if new.credentials else 'are not'} allowed now", *way, api=api
            )
        if old.max_age != new.max_age:
            yield self._change("cors-changed", f"max-age {old.max_age} became {new.max_age}", *way, api=api)

    def _compare_issuers(self) -> Iterator[Change]:
        old, new = self.old.issuers, self.new.issuers
        for name in sorted(old.keys() | new.keys()):
            if name not in new:
                yield self._change("issuer-removed", f"{old[name].issuer} is gone", "issuers", name)
            elif name not in old:
                yield self._change("issuer-added", f"{new[name].issuer} is new", "issuers", name)
            else:
                yield from self._compare_issuer(name, old[name], new[name])

    def _compare_issuer(self, name: str, old: Issuer, new: Issuer) -> Iterator[Change]:
        if old.issuer != new.issuer:
            yield self._change("issuer-changed", f"{old.issuer} became {new.issuer}", "issuers", name)
        for rule, before, after in (
            ("audience", set(old.audience), set(new.audience)),
            ("algorithm", set(old.algorithms), set(new.algorithms)),
        ):
            lost, gained = sorted(before - after), sorted(after - before)
            if lost:
                named = "audience-narrowed" if rule == "audience" else "algorithm-removed"
                yield self._change(named, f"{', '.join(lost)} is not taken any more", "issuers", name)
            if gained:
                named = "audience-widened" if rule == "audience" else "algorithm-added"
                yield self._change(named, f"{', '.join(gained)} is taken now", "issuers", name)

    def _compare_plans(self) -> Iterator[Change]:
        old, new = self.old.plans, self.new.plans
        for name in sorted(old.keys() | new.keys()):
            if name not in new:
                yield self._change("plan-removed", f"plan {name} is gone", "plans", name)
            elif name not in old:
                yield self._change("plan-added", f"plan {name} is new", "plans", name)
            else:
                yield from self._compare_plan(name, old[name], new[name])

    def _compare_plan(self, name: str, old: Plan, new: Plan) -> Iterator[Change]:
        way = ("plans", name)
        for key in sorted(set(old.keys) - set(new.keys)):
            yield self._change("api-key-removed", f"key {key} is gone", *way)
        for key in sorted(set(new.keys) - set(old.keys)):
            yield self._change("api-key-added", f"key {key} is new", *way)
        yield from self._throttle(old.throttle, new.throttle, *way)
        if old.quota != new.quota:
            before, after = (_per_day(plan) for plan in (old, new))
            rule = "quota-tightened" if after < before else "quota-loosened"
            yield self._change(rule, f"{_quota(old)} became {_quota(new)}", *way)

    def _throttle(self, old: Throttle | None, new: Throttle | None, *way: str) -> Iterator[Change]:
        before, after = ((side.rate, side.burst) if side else None for side in (old, new))
        if before != after:
            says = f"throttle {throttle_text(before)} became {throttle_text(after)}"
            yield self._change(throttle_rule(before, after), says, *way)

    def _compare_stages(self) -> Iterator[Change]:
        old, new = (
            {(name, stage): entry.stages[stage] for name, entry in side.environments.items() for stage in entry.stages}
            for side in (self.old, self.new)
        )
        for key in sorted(old.keys() | new.keys()):
            way = ("environments", key[0], "stages", key[1])
            if key not in new:
                yield self._change("stage-removed", f"stage {key[1]} is gone", *way)
            elif key not in old:
                yield self._change("stage-added", f"stage {key[1]} is new", *way)
            else:
                yield from self._throttle(old[key].throttle, new[key].throttle, *way)
                if old[key].cache != new[key].cache:
                    yield self._change("cache-changed", "the stage's cache changed", *way)

    def _compare_upstreams(self) -> Iterator[Change]:
        old, new = self.old.upstreams, self.new.upstreams
        for name in sorted(old.keys() & new.keys()):
            before, after = (side[name].model_dump(exclude={"local"}) for side in (old, new))
            if before != after:
                yield self._change("upstream-address-changed", f"{name} is elsewhere", "upstreams", name)


def _words(cors: Cors, what: str) -> set[str]:
    listed: list[str] = getattr(cors, what)
    return {word.lower() for word in listed} if what == "headers" else set(listed)


def _per_day(plan: Plan) -> float:
    if plan.quota is None:
        return float("inf")
    return plan.quota.limit / {"day": 1, "week": 7, "month": 30}[plan.quota.period]


def _quota(plan: Plan) -> str:
    return f"{plan.quota.limit} a {plan.quota.period}" if plan.quota else "no quota"
