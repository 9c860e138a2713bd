"""What the services know. Plain data, so that an answer can be compared with what it was made from."""

from typing import Any

USERS: dict[str, dict[str, Any]] = {
    "ada": {"id": "ada", "name": "Ada", "city": "London", "interests": ["engines", "poetry"]},
    "grace": {"id": "grace", "name": "Grace", "city": "Lisbon", "interests": ["ships", "compilers"]},
    "linus": {"id": "linus", "name": "Linus", "city": "Helsinki", "interests": ["kernels"]},
}

NEWS: list[dict[str, Any]] = [
    {
        "id": 5,
        "title": "Canal gates reopen after spring works",
        "body": "The gates at the head of the canal move again.",
    },
    {"id": 4, "title": "City library extends its hours", "body": "Until ten at night, from Monday on."},
    {"id": 3, "title": "New tram line passes its trial", "body": "Forty minutes from the harbour to the hills."},
    {"id": 2, "title": "Bakers hold their yearly contest", "body": "Rye won, by a crumb."},
    {"id": 1, "title": "Lighthouse gets a new lens", "body": "It now reaches thirty miles."},
]

TRENDING: list[dict[str, Any]] = [
    {"topic": "canals", "views": 9120},
    {"topic": "trams", "views": 4410},
    {"topic": "rye bread", "views": 1203},
]

ADS: dict[str, dict[str, Any]] = {
    "top": {"id": "ad-7", "text": "Boots for wet towpaths", "slot": "top"},
    "side": {"id": "ad-9", "text": "Tea that travels well", "slot": "side"},
}

REPORTS: dict[str, dict[str, Any]] = {
    "ad-7": {"id": "ad-7", "views": 1804, "clicks": 61},
    "ad-9": {"id": "ad-9", "views": 920, "clicks": 12},
}

SKIES: dict[str, tuple[float, str]] = {"London": (11.5, "rain"), "Lisbon": (22.0, "clear"), "Helsinki": (3.5, "clouds")}

CAFES: list[dict[str, Any]] = [
    {"id": "lock", "name": "The Lock Keeper", "city": "London", "rating": 4.6},
    {"id": "sluice", "name": "Sluice & Steam", "city": "London", "rating": 4.2},
    {"id": "eletrico", "name": "O Elétrico", "city": "Lisbon", "rating": 4.8},
    {"id": "satama", "name": "Satama", "city": "Helsinki", "rating": 4.4},
]

RECOMMENDATIONS: dict[str, list[dict[str, Any]]] = {
    "ada": [{"cafeId": "sluice", "reason": "near the engine museum"}],
    "grace": [{"cafeId": "eletrico", "reason": "view of the harbour"}],
}
