"""AWS_IAM methods: Signature Version 4 and the policies of the caller (FACTS 1.31, 4.10, 4.15)."""

import base64
import hashlib
import hmac
import re
from calendar import timegm
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import strptime
from urllib.parse import parse_qsl, quote

from .conditions import facts_of
from .exchange import Exchange, Grant
from .identities import Caller, Identities
from .policy import ACTION, Policy, PolicyError, Verdict, parse
from .refusal import Refusal

ALGORITHM = "AWS4-HMAC-SHA256"
INVALIDATE = "execute-api:InvalidateCache"
SKEW_SECONDS = 300  # AWS refuses what is five minutes off
_HEADER = re.compile(rf"{ALGORITHM} +Credential=([^, ]+), *SignedHeaders=([^, ]+), *Signature=([0-9a-f]{{64}})")
_HASHED = "hashed with SHA-256 and encoded with Base64"
_PARAMETERS = ("Credential", "Signature", "SignedHeaders")
_EMPTY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a request says about its own signature."""

    key: str
    scope: tuple[str, ...]  # date, region, service, aws4_request
    signed: tuple[str, ...]  # names of headers, in lower case
    signature: str
    date: str
    token: str | None
    lifetime: int


@dataclass(frozen=True, slots=True)
class SignedGrant(Grant):
    """What an IAM caller was let through with (FACTS 6.8)."""

    may_invalidate_cache: bool = False


class Signatures:
    """Checks who signed a request, and that they may call the method."""

    def __init__(self, identities: Identities, clock: Callable[[], float]) -> None:
        self._identities = identities
        self._clock = clock

    def caller(self, exchange: Exchange) -> Caller:
        """The caller. Raises Refusal 403: nothing signed, an unknown key, an old date, a wrong signature."""
        claim = _claim(exchange)
        if claim is None:
            if problem := incomplete(exchange):
                raise problem
            kind = "INVALID_SIGNATURE" if is_signed(exchange) else "MISSING_AUTHENTICATION_TOKEN"
            raise Refusal(kind, "the request is not signed, or not in a form that can be read")
        found = self._identities.caller(claim.key)
        if found is None or (found.session_token or None) != claim.token:
            message = "The security token included in the request is invalid."
            raise Refusal("INVALID_SIGNATURE", "unknown access key or session token", message=message)
        self._check_date(claim)
        if not any(
            hmac.compare_digest(_signature(exchange, claim, found, path), claim.signature) for path in _paths(exchange)
        ):
            raise Refusal("INVALID_SIGNATURE", "the signature does not match")
        return found

    def _check_date(self, claim: _Claim) -> None:
        try:
            signed_at = timegm(strptime(claim.date, "%Y%m%dT%H%M%SZ"))
        except ValueError:
            raise Refusal("INVALID_SIGNATURE", "the date cannot be read") from None
        now = self._clock()
        if not signed_at - SKEW_SECONDS <= now <= signed_at + max(claim.lifetime, SKEW_SECONDS):
            message = f"Signature expired: {claim.date} is too far from the time of this request"
            raise Refusal("INVALID_SIGNATURE", "the signature is too old or from the future", message=message)
        if claim.scope[:1] != (claim.date[:8],):
            raise Refusal("INVALID_SIGNATURE", "the credential's date is another one")


def grant_for(caller: Caller, exchange: Exchange, resource_verdict: Verdict) -> Grant:
    """A grant when an identity policy or the resource policy allows and neither denies (same account, FACTS 4.15)."""
    arn = exchange.method_arn
    facts = facts_of(
        exchange,
        **{"aws:PrincipalArn": caller.arn, "aws:PrincipalAccount": caller.account_id, "aws:userid": caller.user_id},
    )
    verdicts = [resource_verdict, *(_read(document).evaluate(arn, facts) for document in caller.policies)]
    if "deny" not in verdicts and "allow" in verdicts:
        wishes = [_read(document, INVALIDATE).evaluate(arn, facts) for document in caller.policies]
        return SignedGrant(identity=caller.identity, may_invalidate_cache="allow" in wishes and "deny" not in wishes)
    explicit = " with an explicit deny" if "deny" in verdicts else ""
    parts = arn.split(":")
    parts[4] = "*" * 8 + parts[4][-4:]
    text = (
        f"User: {caller.arn} is not authorized to perform: execute-api:Invoke on resource: {':'.join(parts)}{explicit}"
    )
    raise Refusal("ACCESS_DENIED", f"policies: {verdicts}", message=text)


def incomplete(exchange: Exchange) -> Refusal | None:
    """What API Gateway says of an Authorization header that is no signature, where it expects one (FACTS 1.33)."""
    header = exchange.header("authorization")
    if not header:
        return None
    digest = base64.b64encode(hashlib.sha256(header.encode()).digest()).decode()
    pairs = [pair.strip() for pair in header.partition(" ")[2].split(",") if pair.strip()]
    if any("=" not in pair for pair in pairs):
        message = f"Invalid key=value pair (missing equal-sign) in Authorization header ({_HASHED}): '{digest}'."
    else:
        given = {pair.partition("=")[0] for pair in pairs}
        parts = [f"Authorization header requires '{name}' parameter." for name in _PARAMETERS if name not in given]
        if exchange.header("x-amz-date") is None and exchange.header("date") is None:
            parts.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
        message = f"{' '.join(parts)} (H{_HASHED[1:]}) Authorization={digest}"
    refusal = Refusal("INVALID_SIGNATURE", "the Authorization header is no signature", message=message)
    refusal.error_type = "IncompleteSignatureException"
    return refusal


def is_signed(exchange: Exchange) -> bool:
    """Whether there is anything that looks like a signature."""
    signed = (exchange.header("authorization") or "").startswith(ALGORITHM)
    return signed or "X-Amz-Signature" in exchange.query


def _read(document: Mapping[str, object], action: str = ACTION) -> Policy:
    try:
        return parse(document, action)
    except PolicyError:
        return Policy((), conditional=False)


def _claim(exchange: Exchange) -> _Claim | None:
    header = exchange.header("authorization") or ""
    match = _HEADER.fullmatch(header.strip())
    if match:
        key, *scope = match[1].split("/")
        names = tuple(match[2].split(";"))
        date = exchange.header("x-amz-date") or ""
        return _Claim(key, tuple(scope), names, match[3], date, exchange.header("x-amz-security-token"), 0)
    query = {name: values[-1] for name, values in exchange.query.items()}
    if query.get("X-Amz-Algorithm") != ALGORITHM or "X-Amz-Signature" not in query:
        return None
    key, *scope = query.get("X-Amz-Credential", "").split("/")
    names = tuple(query.get("X-Amz-SignedHeaders", "").split(";"))
    lifetime = query.get("X-Amz-Expires", "0")
    return _Claim(
        key,
        tuple(scope),
        names,
        query["X-Amz-Signature"],
        query.get("X-Amz-Date", ""),
        query.get("X-Amz-Security-Token"),
        int(lifetime) if lifetime.isascii() and lifetime.isdigit() and len(lifetime) < 8 else 0,
    )


def _paths(exchange: Exchange) -> tuple[str, ...]:
    """What may have been signed: the path of the execute-api host, or the local one that carries the API's id."""
    definition, full = exchange.side.definition, exchange.full_path
    return full, f"/_aws/execute-api/{definition.rest_api_id}{full}"


def _signature(exchange: Exchange, claim: _Claim, caller: Caller, path: str) -> str:
    canonical = "\n".join(
        (
            exchange.request.method,
            quote(path, safe="/~"),
            _canonical_query(exchange.request.query.decode("latin-1")),
            "".join(f"{name}:{_canonical_header(exchange, name)}\n" for name in claim.signed),
            ";".join(claim.signed),
            _payload_hash(exchange),
        )
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join((ALGORITHM, claim.date, "/".join(claim.scope), digest))
    key = f"AWS4{caller.secret}".encode()
    for part in claim.scope:
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def _canonical_query(query: str) -> str:
    """Pairs encoded again and sorted, without the signature itself."""
    pairs = parse_qsl(query.replace("+", "%20"), keep_blank_values=True)
    kept = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in pairs if name != "X-Amz-Signature")
    return "&".join(f"{name}={value}" for name, value in kept)


def _canonical_header(exchange: Exchange, name: str) -> str:
    if name == "host":
        return exchange.request.host
    return ",".join(" ".join(value.split()) for _, lower, value in exchange.headers if lower == name)


def _payload_hash(exchange: Exchange) -> str:
    body = exchange.request.body
    return hashlib.sha256(body).hexdigest() if body else _EMPTY
