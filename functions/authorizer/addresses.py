"""Which addresses an issuer's documents may be fetched from. Pure: text in, ConfigurationError out.

    check_url("https://id.example.com/jwks.json", allow_http=False)      fine
    check_url("http://127.0.0.1:4566/jwks.json", allow_http=True)        fine: loopback, and the issuer says so
    check_url("http://id.example.com/jwks.json", allow_http=True)        ConfigurationError
    check_url("https://169.254.169.254/", allow_http=False)              ConfigurationError

A gateway runs beside a metadata service; an issuer must not be able to point us at it (SECURITY API7, GHSA-993g-76c3-p5m4).
"""

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from .errors import ConfigurationError

LOOPBACK_NAMES = frozenset({"localhost"})
_MAX_URL_LENGTH = 2048


def check_url(url: object, *, allow_http: bool) -> SplitResult:
    """The parts of an address that may be fetched. `allow_http` is for local issuers and binds them to loopback addresses."""
    parts = _split(url)
    host = parts.hostname or ""
    literal = _literal(host)
    is_loopback = host in LOOPBACK_NAMES or (literal is not None and literal.is_loopback)
    if allow_http and is_loopback and parts.scheme in {"http", "https"}:
        return parts
    if parts.scheme != "https":
        raise ConfigurationError(
            f"{url!r}: issuers are fetched over https; plain http is for loopback addresses with allowHttp"
        )
    if is_loopback or (literal is not None and not literal.is_global):
        raise ConfigurationError(f"{url!r}: {host} is no public address; give the issuer's host name")
    return parts


def may_connect(address: str, *, allow_http: bool) -> bool:
    """Whether a resolved address may be connected to: private networks may hold an issuer, link-local ones metadata services."""
    literal = _literal(address.partition("%")[0])
    if literal is None:
        return False
    if literal.is_loopback:
        return allow_http
    return not (literal.is_link_local or literal.is_multicast or literal.is_unspecified or literal.is_reserved)


def _split(url: object) -> SplitResult:
    if (
        not isinstance(url, str)
        or len(url) > _MAX_URL_LENGTH
        or not url.isascii()
        or not url.isprintable()
        or " " in url
    ):
        raise ConfigurationError(f"{str(url)[:80]!r} is no address; give one that starts with https://")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ConfigurationError(f"{url!r} is no address: {error}") from None
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise ConfigurationError(f"{url!r}: an issuer's address has a host, no user name and no fragment")
    return parts


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address a host is written as, IPv4 inside IPv6 unwrapped; None for a name."""
    try:
        literal = ip_address(host)
    except ValueError:
        return None
    return literal.ipv4_mapped or literal if isinstance(literal, IPv6Address) else literal
