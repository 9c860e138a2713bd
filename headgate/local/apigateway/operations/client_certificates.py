"""Client certificates: self-signed, a year long. The local cloud makes and shows them; integrations do not present them."""

import datetime as dt

from .. import patches
from ..errors import NotFoundError
from ..pages import page
from ..patches import PatchPaths, text
from ..state import Document, Region

_LIFE_DAYS = 365
_KEY_BITS = 2048
_PATHS = PatchPaths("ClientCertificate", values={"/description": text})


def generate_client_certificate(region: Region, request: Document) -> Document:
    """A new certificate; its private key stays with API Gateway, so here it is thrown away."""
    identifier, now = region.unused_id(6, region.client_certificates), region.world.now()
    document: Document = {
        "clientCertificateId": identifier,
        "pemEncodedCertificate": _certificate(now, region.name),
        "createdDate": now,
        "expirationDate": now + _LIFE_DAYS * 86_400,
    }
    document |= {key: request[key] for key in ("description", "tags") if request.get(key)}
    region.client_certificates[identifier] = document
    return document


def _certificate(now: float, region_name: str) -> str:
    # A fifth of a second that nobody pays who makes no certificate.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65_537, key_size=_KEY_BITS)
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(x509.NameOID.LOCALITY_NAME, "Seattle"),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, f"apigateway.{region_name}.amazonaws.com"),
        ]
    )
    start = dt.datetime.fromtimestamp(now, dt.UTC)
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=start,
        not_valid_after=start + dt.timedelta(days=_LIFE_DAYS),
    )
    made = builder.sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode().strip()


def _find(region: Region, request: Document) -> Document:
    found = region.client_certificates.get(request["clientCertificateId"])
    if found is None:
        raise NotFoundError("Invalid Client Certificate identifier specified")
    return found


def get_client_certificate(region: Region, request: Document) -> Document:
    """One certificate."""
    return _find(region, request)


def get_client_certificates(region: Region, request: Document) -> Document:
    """All certificates, without their text (documented: AWS CLI examples)."""
    shown = (
        {key: value for key, value in one.items() if key != "pemEncodedCertificate"}
        for one in region.client_certificates.values()
    )
    return page(shown, request)


def update_client_certificate(region: Region, request: Document) -> Document:
    """Only the description can change."""
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "ClientCertificate")
    changed = patches.apply(_find(region, request), operations, _PATHS)
    region.client_certificates[changed["clientCertificateId"]] = changed
    return changed


def delete_client_certificate(region: Region, request: Document) -> None:
    """Forget a certificate."""
    del region.client_certificates[_find(region, request)["clientCertificateId"]]


OPERATIONS = {
    "GenerateClientCertificate": generate_client_certificate,
    "GetClientCertificate": get_client_certificate,
    "GetClientCertificates": get_client_certificates,
    "UpdateClientCertificate": update_client_certificate,
    "DeleteClientCertificate": delete_client_certificate,
}
