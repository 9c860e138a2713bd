"""Small projects and documents for tests, written to a folder and compiled as a user would."""

from pathlib import Path
from typing import Any

import yaml

from headgate.spec import Compiled, CompiledApi, Diagnostic, Target, compile_document, compile_project, load_project

DOCUMENTS = Path(__file__).parent / "documents"
# A tenth of the time for documents of hundreds of operations.
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

GATEWAY: dict[str, Any] = {
    "name": "shop",
    "apis": {"shop": {"documents": ["shop.yaml"]}},
    "upstreams": {"shop": {"url": "https://shop.internal.example.com"}},
    "issuers": {"id": {"issuer": "https://id.example.com/", "audience": ["shop"], "schemes": ["oidc"]}},
    "environments": {"dev": {"stages": {"dev": {}}}},
}

OIDC = {"type": "openIdConnect", "openIdConnectUrl": "https://id.example.com/.well-known/openid-configuration"}


def document(paths: dict[str, Any], **members: Any) -> dict[str, Any]:
    """An OpenAPI 3.1 document around these paths. `version`, `schemes`, `schemas` and root members can be given."""
    schemes = members.pop("schemes", {"oidc": OIDC})
    components = {"securitySchemes": schemes, "schemas": members.pop("schemas", {})}
    root = {"openapi": members.pop("version", "3.1.0"), "info": {"title": "Shop", "version": "1"}}
    return {**root, "x-headgate": {"upstream": "shop"}, "paths": paths, "components": components, **members}


def operation(**members: Any) -> dict[str, Any]:
    """An operation that answers 200."""
    return {"responses": {"200": {"description": "OK"}}, **members}


def variables(*names: str) -> list[dict[str, Any]]:
    """Path parameters of these names."""
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def compile_files(
    folder: Path, files: dict[str, Any], gateway: dict[str, Any] | None = None, target: Target | None = None
) -> tuple[Compiled | None, list[Diagnostic]]:
    """Writes the files (YAML from values, text as it is) and gateway.yaml, and compiles the project."""
    for name, content in {"gateway.yaml": {**GATEWAY, **(gateway or {})}, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else yaml.dump(content, Dumper=DUMPER, sort_keys=False)
        (folder / name).write_text(text, encoding="utf-8")
    project, problems = load_project(folder)
    if project is None:
        return None, problems
    return compile_project(project, target or Target("dev"))


def compile_one(
    folder: Path, value: dict[str, Any], gateway: dict[str, Any] | None = None, target: Target | None = None
) -> CompiledApi:
    """The API of one good document; problems fail the test with their text."""
    compiled, problems = compile_files(folder, {"shop.yaml": value}, gateway, target)
    assert compiled is not None, "\n".join(map(str, problems))
    return compiled.apis[0]


def problems_of(folder: Path, value: Any, gateway: dict[str, Any] | None = None) -> list[str]:
    """What is said about a document, as `CODE message`."""
    _, problems = compile_files(folder, {"shop.yaml": value}, gateway)
    return [f"{problem.code} {problem.message}" for problem in problems]


def compile_sample(name: str, **target: Any) -> CompiledApi:
    """One of the documents beside this file, on its own."""
    compiled, problems = compile_document(DOCUMENTS / name, Target("spec", **{"unbound": "deny", **target}))
    assert compiled is not None, "\n".join(map(str, problems))
    return compiled.apis[0]
