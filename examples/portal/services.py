"""The routes of the seven services, as pure functions: (service, path, query, body) -> (status, answer)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from . import data

PORTS = {
    "users": 9101,
    "news": 9102,
    "trending": 9103,
    "ads": 9104,
    "weather": 9105,
    "cafes": 9106,
    "recommendations": 9107,
}

Answer = tuple[int, Any]
Query = Mapping[str, str]


class Services:
    """The services' state: users can be changed, the weather counts how often it was asked."""

    def __init__(self) -> None:
        self.users = {name: dict(user) for name, user in data.USERS.items()}
        self.measured = 0
        self.routes: list[tuple[str, str, str, Callable[[re.Match[str], Query, Any], Answer]]] = [
            ("users", "GET", r"/users/([^/]+)", self.user),
            ("users", "PATCH", r"/users/([^/]+)", self.change_user),
            ("news", "GET", r"/news", self.news),
            ("news", "GET", r"/articles/(\d+)", self.article),
            ("trending", "GET", r"/trending", lambda *_: (200, data.TRENDING)),
            ("ads", "GET", r"/ads", self.ad),
            ("ads", "GET", r"/ads/reports/([^/]+)", self.report),
            ("weather", "GET", r"/weather", self.weather),
            ("cafes", "GET", r"/cafes", self.cafes),
            ("cafes", "GET", r"/cafes/([^/]+)", self.cafe),
            ("recommendations", "GET", r"/recommendations", self.recommendations),
        ]

    def answer(self, service: str, method: str, path: str, *, query: Query, body: Any) -> Answer:
        """What a service answers; an unknown path is 404."""
        for owner, verb, pattern, route in self.routes:
            match = re.fullmatch(pattern, path)
            if owner == service and verb == method and match:
                return route(match, query, body)
        return missing(path)

    def user(self, match: re.Match[str], _query: Query, _body: Any) -> Answer:
        user = self.users.get(match[1])
        return (200, user) if user else missing(match[0])

    def change_user(self, match: re.Match[str], _query: Query, body: Any) -> Answer:
        user = self.users.get(match[1])
        if not user:
            return missing(match[0])
        user.update({key: body[key] for key in ("name", "city") if key in body})
        return 200, user

    def news(self, _match: re.Match[str], query: Query, _body: Any) -> Answer:
        limit = int(query.get("limit", "5"))
        return 200, [{"id": item["id"], "title": item["title"]} for item in data.NEWS[:limit]]

    def article(self, match: re.Match[str], _query: Query, _body: Any) -> Answer:
        found = next((item for item in data.NEWS if item["id"] == int(match[1])), None)
        return (200, found) if found else missing(match[0])

    def ad(self, _match: re.Match[str], query: Query, _body: Any) -> Answer:
        ad = data.ADS.get(query.get("slot", ""))
        return (200, ad) if ad else missing("slot")

    def report(self, match: re.Match[str], _query: Query, _body: Any) -> Answer:
        report = data.REPORTS.get(match[1])
        return (200, report) if report else missing(match[0])

    def weather(self, _match: re.Match[str], query: Query, _body: Any) -> Answer:
        self.measured += 1
        city = query.get("city", "")
        celsius, sky = data.SKIES.get(city, (15.0, "clear"))
        return 200, {"city": city, "celsius": celsius, "sky": sky, "wind": None, "measured": self.measured}

    def cafes(self, _match: re.Match[str], query: Query, _body: Any) -> Answer:
        return 200, [cafe for cafe in data.CAFES if cafe["city"] == query.get("city")]

    def cafe(self, match: re.Match[str], _query: Query, _body: Any) -> Answer:
        found = next((cafe for cafe in data.CAFES if cafe["id"] == match[1]), None)
        return (200, found) if found else missing(match[0])

    def recommendations(self, _match: re.Match[str], query: Query, _body: Any) -> Answer:
        return 200, data.RECOMMENDATIONS.get(query.get("userId", ""), [])


def missing(what: str) -> Answer:
    """A problem+json body for what is not there."""
    return 404, {"type": "about:blank", "title": "Not Found", "status": 404, "detail": f"{what} does not exist"}
