"""A second project, from the built wheel in an environment of its own: what the service says is what the client gets.

Nothing of the repository is on the path: the wheel is built and installed as a user would, the project's folder has packages called
`functions` and `infra` of its own, and only the installed `headgate` runs.
"""

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uv
import yaml

from .gateway import ROOT, wait_until_ready
from .warehouse import ALL_BYTES, DOCUMENT, GREETING, PNG, Asked, Warehouse, warehouse

CLASH = 'raise RuntimeError("the project\'s own package was imported")\n'
FORM = "application/x-www-form-urlencoded"
MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="\xc3\xa9"\r\n\r\n' + ALL_BYTES + b"\r\n--b--\r\n"
)

# FACTS 8.25 and RFC 9110, 7.6.1: about one hop, or said by API Gateway itself.
ONE_HOP = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}
ADDED = ("x-amzn-", "x-amz-apigw-id")
# FACTS 8.24: what API Gateway tells a service, and the identity that the gateway vouches for.
TOLD = ("x-amzn-", "x-forwarded-", "x-headgate-")


@dataclass(frozen=True)
class Case:
    """One request, and the operation of the document that it is for."""

    operation: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True)
class Said:
    """An answer: header lines as they came."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True)
class Second:
    """The running project, and the service behind it."""

    url: str
    service: Warehouse
    folder: Path
    binary: Path


def sends(kind: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Type", kind),)


CASES = [
    Case("listParts", "GET", "/parts"),
    Case("listParts", "GET", "/parts?tag=a&tag=b&tag=a&page=2"),
    Case("listParts", "GET", "/parts?q=caf%C3%A9%20%26%20co%2Bcr%C3%A8me&tag=x+y&empty=&flag&%C3%BC=1&a%5B%5D=1"),
    Case(
        "listParts",
        "GET",
        "/parts?q=%e2%82%ac;a=b,c/d?e:@!$'()*~",
        (("X-Tenant", "blue"), ("X-Own", "a"), ("X-Own", "b")),
    ),
    Case(
        "listParts",
        "GET",
        "/parts",
        (("Accept", "text/html, */*;q=0.5"), ("Authorization", "Basic YTpi"), ("Cookie", "a=b; c=d")),
    ),
    Case(
        "addPart",
        "POST",
        "/parts",
        sends("application/json"),
        b'{"name": "b\\u00f6lt", "weight": 1.50, "kind": "bolt"}',
    ),
    Case("addPart", "POST", "/parts", sends("application/json; charset=utf-8"), b'{ "name":"taken" }\n'),
    Case("getPart", "GET", "/parts/7"),
    Case("getPart", "GET", "/parts/missing"),
    Case("getPart", "GET", "/parts/a%20b%2Fc%C3%A9%25?x=1"),
    Case("getPart", "GET", "/parts/a+b~c-d_e.f:g@h!$&'()*,;="),
    Case("replacePart", "PUT", "/parts/7", sends("application/json"), '{"name": "größer 👋"}'.encode()),
    Case(
        "replacePart", "PUT", "/parts/7", sends("application/xml"), '<?xml version="1.0"?>\r\n<part>é</part>'.encode()
    ),
    Case("changePart", "PATCH", "/parts/7?tag=a&tag=b", sends("application/merge-patch+json"), b'{"kind":null}'),
    Case("removePart", "DELETE", "/parts/7"),
    Case("removePart", "DELETE", "/parts/missing"),
    Case("getPhoto", "GET", "/parts/7/photos/1", (("Accept", "image/png"),)),
    Case("getPhoto", "GET", "/parts/7/photos/1", (("Accept", "*/*"),)),
    Case("getPhoto", "GET", "/parts/7/photos/1"),
    Case("putPhoto", "PUT", "/parts/7/photos/1", sends("image/png"), PNG),
    Case("upload", "POST", "/uploads", sends("application/octet-stream"), ALL_BYTES),
    Case("upload", "POST", "/uploads", sends("multipart/form-data; boundary=b"), MULTIPART),
    Case("upload", "POST", "/uploads", sends("application/octet-stream"), ALL_BYTES * 1024),
    Case("upload", "POST", "/uploads", sends("application/octet-stream")),
    Case("order", "POST", "/orders", sends(FORM), b"part=b%C3%B6lt+m8&amount=2&amount=3"),
    Case("dump", "GET", "/dump"),
    Case("stock", "GET", "/stock.csv"),
    Case("greeting", "GET", "/greeting"),
    Case("latest", "GET", "/latest"),
    Case("headers", "GET", "/headers"),
    Case("unlucky", "GET", "/unlucky"),
    *[
        Case("status", "GET", f"/status/{code}")
        for code in (200, 206, 301, 304, 400, 401, 403, 410, 418, 422, 429, 502, 503, 504)
    ],
]


def clean_environment() -> dict[str, str]:
    """This process's environment without anything that leads to the repository."""
    dropped = {"PYTHONPATH", "VIRTUAL_ENV", "CDK_OUTDIR", "AWS_ENDPOINT_URL"}
    return {name: value for name, value in os.environ.items() if name not in dropped}


def run(*command: str | Path, folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**clean_environment(), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`headgate`, installed from the wheel into an environment that has nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    tool = uv.find_uv_bin()
    wheels, python = folder / "dist", folder / "venv" / "bin" / "python"
    build = ("build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", wheels)
    run(tool, *build, ROOT, folder=folder)
    run(tool, "venv", "--python", sys.executable, folder / "venv", folder=folder)
    wheel = f"headgate[infra,local] @ {next(wheels.glob('*.whl')).as_uri()}"
    run(tool, "pip", "install", "--python", python, "-c", ROOT / "requirements" / "dev.txt", wheel, folder=folder)
    return folder / "venv" / "bin" / "headgate"


@pytest.fixture(scope="module")
def second(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Second]:
    """The foreign document's project, deployed on a local cloud."""
    folder = tmp_path_factory.mktemp("second")
    for package in ("functions", "infra"):
        (folder / package).mkdir()
        (folder / package / "__init__.py").write_text(CLASH, encoding="utf-8")
    with warehouse() as service:
        run(binary, "init", "--from", DOCUMENT, "--upstream", service.url, folder=folder)
        command = [str(binary), "up", "--json", "--port", "0", "--http-port", "0"]
        process = subprocess.Popen(
            command, cwd=folder, env=clean_environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            yield Second(wait_until_ready(process, [])["url"], service, folder, binary)
        finally:
            process.send_signal(2)
            process.wait(20)


def ask(base: str, case: Case) -> Said:
    """Send the request with the target's bytes as they are."""
    address = urlsplit(base)
    assert address.hostname
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    connection.putrequest(case.method, case.target, skip_accept_encoding=True)
    for name, value in case.headers:
        connection.putheader(name, value)
    if case.body or case.method in {"POST", "PUT", "PATCH"}:
        connection.putheader("Content-Length", str(len(case.body)))
    connection.endheaders(case.body or None)
    answer = connection.getresponse()
    said = Said(answer.status, answer.reason, tuple(answer.getheaders()), answer.read())
    connection.close()
    return said


def end_to_end(headers: tuple[tuple[str, str], ...], but: tuple[str, ...]) -> list[tuple[str, str]]:
    """Header lines that are for the other end: by name, lines of one name in their order."""
    kept = [
        (name, value) for name, value in headers if name.lower() not in ONE_HOP and not name.lower().startswith(but)
    ]
    return sorted(kept, key=lambda line: line[0].lower())


def arrived(asked: Asked) -> tuple[str, str, list[tuple[str, str]], bytes]:
    """What the service was asked, without what API Gateway adds."""
    headers = tuple(line for line in asked.headers if line[0] != "host")
    return asked.method, asked.target, end_to_end(headers, TOLD), asked.body


def by_operation(case: Case) -> str:
    return f"{case.operation} {case.target}"


@pytest.mark.parametrize("case", CASES, ids=by_operation)
def test_client_gets_what_the_service_says(second: Second, case: Case) -> None:
    direct = ask(second.service.url, case)
    through = ask(second.url, case)

    assert through.status == direct.status, through.body
    assert through.body == direct.body
    assert end_to_end(through.headers, ADDED) == end_to_end(direct.headers, ADDED)


@pytest.mark.parametrize("case", CASES, ids=by_operation)
def test_service_gets_what_the_client_says(second: Second, case: Case) -> None:
    ask(second.service.url, case)
    ask(second.url, case)

    direct, through = second.service.asked[-2:]
    assert arrived(through) == arrived(direct)


def test_every_operation_of_the_document_is_compared() -> None:
    document = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    operations = {
        operation["operationId"]
        for item in document["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    }

    assert {case.operation for case in CASES} == operations


def test_what_api_gateway_says_itself_it_also_keeps_of_the_service(second: Second) -> None:
    through = {name.lower(): value for name, value in ask(second.url, Case("greeting", "GET", "/greeting")).headers}

    assert through["x-amzn-remapped-server"].startswith("Warehouse/2")
    assert through["x-amzn-remapped-content-length"] == through["content-length"] == str(len(GREETING.encode()))
    assert through["x-amzn-requestid"]
    assert through["x-amz-apigw-id"]
    assert "server" not in through


def test_service_is_told_who_asks_and_over_what(second: Second) -> None:
    ask(second.url, Case("headers", "GET", "/headers", (("X-Headgate-Subject", "root"),)))
    told = dict(second.service.asked[-1].headers)

    assert told["x-headgate-subject"] == "anonymous"
    assert told["host"] == urlsplit(second.service.url).netloc
    assert told["x-forwarded-for"]
    assert told["x-amzn-apigateway-api-id"]


def test_answers_do_not_depend_on_who_else_asks(second: Second) -> None:
    """Sixteen connections at once, each with a body of its own."""
    bodies = [bytes([number]) * (10_000 + number) for number in range(16)]
    answers: dict[int, bytes] = {}

    def upload(number: int) -> None:
        case = Case("upload", "POST", "/uploads", sends("application/octet-stream"), bodies[number])
        answers[number] = ask(second.url, case).body

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answers[number] for number in range(16)] == bodies


def resources(folder: Path, stack: str) -> Mapping[str, Mapping[str, object]]:
    template = json.loads((folder / f"{stack}.template.json").read_text(encoding="utf-8"))
    found: Mapping[str, Mapping[str, object]] = template["Resources"]
    return found


def test_synth_writes_a_deployable_assembly(second: Second, tmp_path: Path) -> None:
    """What the CDK CLI runs: no Docker, the functions' arm64 wheels come through uv, both environments have a stack."""
    run(second.binary, "synth", folder=second.folder, CDK_OUTDIR=str(tmp_path))

    stacks = sorted(path.name.partition(".")[0] for path in tmp_path.glob("*.template.json"))
    assert [stack.rpartition("-")[2] for stack in stacks] == ["dev", "prod"]
    for stack in stacks:
        types = {resource["Type"] for resource in resources(tmp_path, stack).values()}
        assert {"AWS::ApiGateway::RestApi", "AWS::Lambda::Function", "Custom::HeadgatePublish"} <= types


def test_binary_media_types_are_written_for_a_document_with_files(second: Second) -> None:
    """Without them API Gateway reads every body as UTF-8 (FACTS 3.11, 8.28)."""
    gateway = yaml.safe_load((second.folder / "gateway.yaml").read_text(encoding="utf-8"))

    assert gateway["apis"]["api"]["binary-media-types"] == ["*/*"]
