"""TLS to upstreams: a certificate nobody vouches for is refused, one of a trusted authority is not."""

import datetime as dt
import ipaddress
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.aggregator.pages import gateway, plan, step
from tests.aggregator.upstreams import Service, json_reply

NOW = dt.datetime.now(dt.UTC)


def certificate(folder, days):
    """A self-signed certificate for 127.0.0.1 that ends in so many days; the path of certificate and key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(NOW - dt.timedelta(days=9))
    builder = builder.not_valid_after(NOW + dt.timedelta(days=days))
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


class SecureService(Service):
    """The service behind TLS."""

    def __init__(self, behaviours, path):
        super().__init__(behaviours)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(path)

    def _serve(self, connection, number):
        try:
            secure = self._context.wrap_socket(connection, server_side=True)
        except (OSError, ssl.SSLError):
            connection.close()
            return
        self._open.append(secure)
        super()._serve(secure, number)


@pytest.mark.parametrize(
    ("days", "is_trusted", "status"),
    [
        pytest.param(9, True, 200, id="trusted"),
        pytest.param(9, False, 502, id="self-signed"),
        pytest.param(-1, True, 502, id="expired"),
    ],
)
def test_only_a_certificate_that_is_vouched_for_is_good(tmp_path, monkeypatch, days, is_trusted, status):
    path = certificate(tmp_path, days)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with SecureService({"/a": json_reply({})}, path) as service:
        url = service.url.replace("http:", "https:")
        with gateway(plan(step("a")), url) as portal:
            answer = portal.get()

    assert answer.status == status
    assert status == 200 or answer.json["detail"] == "Step a could not be reached."
    assert threading.active_count() < 50
