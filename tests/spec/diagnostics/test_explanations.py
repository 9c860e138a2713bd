"""Every diagnostic is explained, its example gives it, and the mended example does not."""

import ast
import re
from pathlib import Path

import pytest

from headgate.spec import CODES, Target, compile_document, compile_project, load_project
from headgate.spec.diagnostics.composition_codes import CODES as COMPOSITION_CODES
from headgate.spec.diagnostics.explanations import EXPLANATIONS, GATEWAY, GRADES, Explanation, Files

SPEC = Path(__file__).resolve().parents[3] / "headgate" / "spec"
CODE = re.compile(r"HG\d{3}")


def said(folder: Path, entry: Explanation, files: Files) -> dict[str, str]:
    """What the compiler says about the files of an explanation: code to text."""
    for name, text in {"gateway.yaml": GATEWAY, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    target = Target("dev", **({"wire_bytes": entry.wire_bytes} if entry.wire_bytes else {}))
    if entry.alone:
        _, problems = compile_document(folder / "shop.yaml", target)
        return {problem.code: str(problem) for problem in problems}
    project, problems = load_project(folder)
    if project is not None:
        _, found = compile_project(project, target)
        problems = [*problems, *found]
    return {problem.code: str(problem) for problem in problems}


def used_codes() -> set[str]:
    """Codes in the compiler's own sources, but for the tables that explain them."""
    found: set[str] = set()
    for path in SPEC.rglob("*.py"):
        if path.is_relative_to(SPEC / "diagnostics"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                found.add(node.value)
    return found


@pytest.mark.parametrize("entry", EXPLANATIONS.values(), ids=lambda entry: entry.code)
def test_an_example_gives_exactly_its_code(entry: Explanation, tmp_path: Path) -> None:
    found = said(tmp_path, entry, entry.example)

    assert entry.code in found
    assert set(found) <= {entry.code, *entry.also}, found


@pytest.mark.parametrize("entry", EXPLANATIONS.values(), ids=lambda entry: entry.code)
def test_the_mended_example_gives_nothing(entry: Explanation, tmp_path: Path) -> None:
    found = said(tmp_path, entry, entry.fix)

    assert set(found) <= set(entry.also), found


def test_every_code_that_the_compiler_uses_is_explained() -> None:
    assert used_codes() - EXPLANATIONS.keys() == set()
    assert used_codes() - (CODES | COMPOSITION_CODES).keys() == set()


def test_no_code_is_explained_that_nobody_uses() -> None:
    assert EXPLANATIONS.keys() - used_codes() == set()
    assert (CODES | COMPOSITION_CODES).keys() - used_codes() == set()


@pytest.mark.parametrize("entry", EXPLANATIONS.values(), ids=lambda entry: entry.code)
def test_an_explanation_is_complete(entry: Explanation) -> None:
    assert entry.why.endswith((".", "!"))
    assert entry.rule.endswith(".")
    assert entry.grade in GRADES
    assert entry.example != entry.fix
