"""`headgate init`: a project that works, or nothing at all."""

import json
from pathlib import Path

import pytest
import yaml

from tests.spec.corpus_files import sample

from .conftest import Done, Headgate
from .documents import LOCKED, TICKETS, file

PHOTO = TICKETS.replace(
    "{description: The ticket.}", "{description: A photo., content: {image/png: {schema: {type: string}}}}"
)


def gateway(folder: Path) -> dict[str, object]:
    value: dict[str, object] = yaml.safe_load((folder / "gateway.yaml").read_text(encoding="utf-8"))
    return value


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def refused(done: Done, folder: Path) -> str:
    """The message of a command that wrote nothing."""
    assert done.code == 1
    assert not folder.exists()
    return done.err


def test_fresh_project_compiles(headgate: Headgate, tmp_path: Path) -> None:
    made = headgate("init", "shop")
    compiled = headgate("compile", "--project", "shop", "--out", "build")

    assert (made.code, compiled.code) == (0, 0), made.err + compiled.err
    assert names(tmp_path / "shop") == [".gitignore", "cdk.json", "gateway.yaml", "openapi/hello.yaml"]
    assert "next: headgate up --project shop" in made.err


def test_document_gives_name_upstream_and_routes(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "tickets.yaml", TICKETS)
    headgate("init", "9 Lives", "--from", "tickets.yaml")

    made = gateway(tmp_path / "9 Lives")
    assert made["name"] == "gateway-9-Lives"
    assert made["upstreams"] == {"service": {"url": "https://tickets.example.org/api"}}
    assert (tmp_path / "9 Lives" / "openapi" / "tickets.yaml").read_text(encoding="utf-8") == TICKETS


def test_upstream_and_name_are_taken_as_given(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "tickets.yaml", TICKETS)
    arguments = ("--from", "tickets.yaml", "--upstream", "http://127.0.0.1:9000/", "--name", "desk")
    done = headgate("init", "p", *arguments, "--json")

    assert gateway(tmp_path / "p")["upstreams"] == {"service": {"url": "http://127.0.0.1:9000"}}
    assert gateway(tmp_path / "p")["name"] == "desk"
    assert done.lines == [
        {
            "ok": True,
            "folder": "p",
            "errors": 0,
            "written": ["gateway.yaml", "openapi/tickets.yaml", "cdk.json", ".gitignore"],
        }
    ]


def test_json_document_is_as_good(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "tickets.json", json.dumps(yaml.safe_load(TICKETS)))
    headgate("init", "p", "--from", "tickets.json")

    assert headgate("compile", "--project", "p", "--out", "build").code == 0
    assert "openapi/tickets.json" in names(tmp_path / "p")


def test_files_that_a_document_refers_to_come_along(headgate: Headgate, tmp_path: Path) -> None:
    """Over several steps, beside and above the document, each once."""
    text = TICKETS.replace("{type: string}", '{$ref: "../shared/types.yaml#/Id"}').replace(
        "{description: The ticket.}", "{$ref: 'answers/ok.json'}"
    )
    file(tmp_path / "specs" / "api" / "tickets.yaml", text)
    file(
        tmp_path / "specs" / "api" / "answers" / "ok.json",
        '{"description": "ok", "x": {"$ref": "../tickets.yaml#/info"}}',
    )
    file(tmp_path / "specs" / "shared" / "types.yaml", "Id: {$ref: more.yaml}\n")
    file(tmp_path / "specs" / "shared" / "more.yaml", "type: string\n")
    file(tmp_path / "specs" / "unrelated.yaml", "a: 1\n")
    made = headgate("init", "p", "--from", "specs/api/tickets.yaml")

    assert [name for name in names(tmp_path / "p") if name.startswith("openapi/")] == [
        "openapi/api/answers/ok.json",
        "openapi/api/tickets.yaml",
        "openapi/shared/more.yaml",
        "openapi/shared/types.yaml",
    ]
    assert made.code == 0
    assert headgate("compile", "--project", "p", "--out", "build").code == 0


OLDER = """\
swagger: "2.0"
info: {title: Desk, version: "1"}
host: desk.example.org
basePath: /v1/
schemes: [http, https]
consumes: [application/json]
paths:
  /photos:
    $ref: "paths/photos.yaml"
securityDefinitions:
  login: {type: oauth2, flow: implicit, authorizationUrl: "https://id.example.org/authorize", scopes: {}}
  key: {type: apiKey, in: header, name: X-Key}
"""
PHOTOS = """\
get:
  operationId: listPhotos
  produces: [image/png]
  parameters: [{$ref: "../shared.yaml#/parameters/Size"}]
  responses: {"200": {description: A photo., schema: {type: file}}}
"""


def test_openapi_20_in_several_files_is_as_good(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "docs" / "desk.yaml", OLDER)
    file(tmp_path / "docs" / "paths" / "photos.yaml", PHOTOS)
    file(tmp_path / "docs" / "shared.yaml", "parameters: {Size: {name: size, in: query, type: integer}}\n")
    made = headgate("init", "p", "--from", "docs/desk.yaml", "--json")

    assert made.lines[-1]["errors"] == 0, made.out
    assert {name for name in names(tmp_path / "p") if name.startswith("openapi/")} == {
        "openapi/desk.yaml",
        "openapi/paths/photos.yaml",
        "openapi/shared.yaml",
    }
    written = gateway(tmp_path / "p")
    assert written["upstreams"] == {"service": {"url": "https://desk.example.org/v1"}}
    assert written["issuers"]["identity"]["schemes"] == ["login"]  # type: ignore[index]
    assert written["apis"]["api"]["binary-media-types"] == ["*/*"]  # type: ignore[index]


def test_openapi_20_of_another_project_compiles_as_it_is(headgate: Headgate, tmp_path: Path) -> None:
    (tmp_path / "netlify.yml").write_bytes(sample("netlify.yml").path.read_bytes())
    made = headgate("init", "p", "--from", "netlify.yml", "--json")
    compiled = headgate("compile", "--project", "p", "--out", "build", "--json")

    assert made.lines[-1]["errors"] == 0
    assert gateway(tmp_path / "p")["upstreams"] == {"service": {"url": "https://api.netlify.com/api/v1"}}
    assert compiled.lines[-1]["operations"] == 174


def test_openapi_20_without_a_host_needs_an_upstream(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "old.yaml", OLDER.replace("host: desk.example.org\n", "").replace("$ref: ", "x-moved: "))

    assert "--upstream https://" in refused(headgate("init", "p", "--from", "old.yaml"), tmp_path / "p")


def test_reference_that_leads_nowhere_is_told_before_anything_is_written(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "tickets.yaml", TICKETS.replace("{type: string}", "{$ref: gone.yaml}"))
    message = refused(headgate("init", "p", "--from", "tickets.yaml"), tmp_path / "p")

    assert "gone.yaml, to which tickets.yaml refers, cannot be read" in message


def test_document_inside_the_project_is_used_where_it_is(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "docs" / "tickets.yaml", TICKETS)
    headgate("init", "--from", "docs/tickets.yaml", "--name", "desk")

    assert names(tmp_path) == [".gitignore", "cdk.json", "docs/tickets.yaml", "gateway.yaml"]
    assert headgate("compile", "--out", "build").code == 0


@pytest.mark.parametrize("taken", ["gateway.yaml", "cdk.json", "openapi/tickets.yaml"])
def test_what_exists_is_never_overwritten(headgate: Headgate, tmp_path: Path, taken: str) -> None:
    file(tmp_path / "tickets.yaml", TICKETS)
    file(tmp_path / "p" / taken, "mine")
    done = headgate("init", "p", "--from", "tickets.yaml")

    assert done.code == 1
    assert f"{taken} is already there" in done.err
    assert names(tmp_path / "p") == [taken]
    assert (tmp_path / "p" / taken).read_text(encoding="utf-8") == "mine"


def test_existing_gitignore_stays(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "p" / ".gitignore", "mine\n")
    done = headgate("init", "p", "--json")

    assert done.code == 0
    assert ".gitignore" not in done.lines[0]["written"]
    assert (tmp_path / "p" / ".gitignore").read_text(encoding="utf-8") == "mine\n"


@pytest.mark.parametrize("server", ["/api", "https://{region}.example.org"])
def test_document_without_an_absolute_server_needs_an_upstream(headgate: Headgate, tmp_path: Path, server: str) -> None:
    file(tmp_path / "tickets.yaml", TICKETS.replace("https://tickets.example.org/api/", server))
    message = refused(headgate("init", "p", "--from", "tickets.yaml"), tmp_path / "p")

    assert "--upstream https://" in message


@pytest.mark.parametrize("upstream", ["service", "ftp://a.example", "http://a.example:22", "http://a.example/{x}"])
def test_upstream_that_api_gateway_cannot_call_is_refused(headgate: Headgate, tmp_path: Path, upstream: str) -> None:
    assert upstream in refused(headgate("init", "p", "--upstream", upstream), tmp_path / "p")


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("none.yaml", None, "none.yaml is no file"),
        ("readme.md", "# Hello", "no .yaml, .yml or .json file"),
        ("list.yaml", "[1, 2]", "has no `openapi` member"),
        ("broken.json", '{"openapi": ', "neither YAML nor JSON"),
        ("latin.yaml", "openapi: caf\udce9", "neither YAML nor JSON"),
        ("old.yaml", "swagger: '1.2'", "Swagger 1.2"),
    ],
)
def test_what_is_no_document_is_refused(
    headgate: Headgate, tmp_path: Path, name: str, text: str | None, complaint: str
) -> None:
    if text is not None:
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))

    assert complaint in refused(headgate("init", "p", "--from", name), tmp_path / "p")


def test_name_that_cannot_name_stacks_is_refused(headgate: Headgate, tmp_path: Path) -> None:
    assert "'a_b' cannot name stacks" in refused(headgate("init", "p", "--name", "a_b"), tmp_path / "p")


def test_bodies_that_are_files_pass_through_as_bytes(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "photo.yaml", PHOTO)
    file(tmp_path / "tickets.yaml", TICKETS)
    headgate("init", "photo", "--from", "photo.yaml")
    headgate("init", "text", "--from", "tickets.yaml")

    made = (tmp_path / "photo" / "gateway.yaml").read_text(encoding="utf-8")
    assert "binary-media-types:\n    - '*/*'\n" in made
    assert "binary-media-types" not in (tmp_path / "text" / "gateway.yaml").read_text(encoding="utf-8")


def test_token_schemes_get_an_issuer_and_a_local_provider(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "locked.yaml", LOCKED.replace("scheme: basic", "scheme: Bearer"))
    done = headgate("init", "p", "--from", "locked.yaml")

    assert done.code == 0
    assert gateway(tmp_path / "p")["issuers"] == {
        "identity": {"issuer": "https://id.example.com/", "audience": ["p"], "schemes": ["office"], "local": "provider"}
    }


def test_what_is_left_to_mend_is_told_at_once(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "locked.yaml", LOCKED)
    done = headgate("init", "p", "--from", "locked.yaml")

    assert done.code == 0
    assert "openapi/locked.yaml:12:5: error HG140" in done.err
    assert "next: mend the 1 error above, then headgate up --project p" in done.err
