"""CORS headers of an answer (Fetch standard, CORS protocol). API Gateway adds none to what a function returns. Pure."""

from collections.abc import Mapping

from .plan import Cors


def cors_headers(cors: Cors | None, headers: Mapping[str, str]) -> dict[str, str]:
    """Headers for the request's origin; an origin that is not allowed gets none and the browser refuses the answer."""
    if cors is None:
        return {}
    origin = headers.get("origin", "")
    if "*" in cors.origins:
        return {"Access-Control-Allow-Origin": "*"}
    if origin not in cors.origins:
        return {"Vary": "Origin"}
    allowed = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    return {**allowed, "Access-Control-Allow-Credentials": "true"} if cors.credentials else allowed
