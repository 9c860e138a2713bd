"""The house limits that no linter checks: sizes, nesting, parameters, import cycles, and no patching of our own code.

    python tools/style.py            # prints every breach as path:line: message, exits 1 when there is one

Sizes count physical lines without the docstring. Nesting counts if, for, while, with, try and match inside one function.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("headgate", "functions", "infra", "tools", "benchmarks", "examples")
FILE_LINES = 400  # past this a file has two subjects
FUNCTION_LINES = 50
NESTING = 3
PARAMETERS = 6

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


def main() -> int:
    files = sorted(path for name in SOURCES for path in (ROOT / name).rglob("*.py"))
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files if "node_modules" not in path.parts}
    breaches = [breach for path, tree in trees.items() for breach in check_file(path, tree)]
    breaches += [f"import cycle: {' -> '.join(cycle)}" for cycle in cycles(imports(trees))]
    breaches += [breach for path in sorted((ROOT / "tests").rglob("*.py")) for breach in check_patching(path)]
    for breach in breaches:
        print(breach)
    if not breaches:
        print(f"style: {len(trees)} files keep the house limits")
    return 1 if breaches else 0


def check_file(path: Path, tree: ast.Module) -> Iterator[str]:
    """The breaches of one source file."""
    name = path.relative_to(ROOT)
    lines = path.read_text(encoding="utf-8").count("\n")
    if lines > FILE_LINES:
        yield f"{name}:1: {lines} lines; at most {FILE_LINES}: split it by subject"
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield from check_function(f"{name}:{node.lineno}: {node.name}", node)


def check_function(where: str, node: Function) -> Iterator[str]:
    length = (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines(node)
    if length > FUNCTION_LINES:
        yield f"{where} has {length} lines; at most {FUNCTION_LINES}"
    depth = max((nesting(child) for child in node.body), default=0)
    if depth > NESTING:
        yield f"{where} nests {depth} deep; at most {NESTING}"
    arguments = node.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    count = positional + len(arguments.kwonlyargs)
    own = sum(1 for argument in (*arguments.posonlyargs, *arguments.args)[:1] if argument.arg in {"self", "cls"})
    if count - own > PARAMETERS:
        yield f"{where} has {count - own} parameters; at most {PARAMETERS}: a record is missing"


def docstring_lines(node: Function) -> int:
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return (first.end_lineno or first.lineno) - first.lineno + 1
    return 0


def nesting(node: ast.AST) -> int:
    """How deep blocks stand in each other; an elif adds nothing, a nested function starts again."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
        return 0
    own = 1 if isinstance(node, BLOCKS) else 0
    deepest = 0
    for child in ast.iter_child_nodes(node):
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, nesting(child) - (1 if is_elif else 0))
    return own + deepest


def imports(trees: dict[Path, ast.Module]) -> dict[str, set[str]]:
    """Module -> the modules of ours it imports when it is loaded."""
    modules = {module_name(path): path for path in trees}
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        found = {target for node in loaded(trees[path]) for target in targets(node, package)}
        graph[name] = {known for target in found if (known := nearest(target, modules)) and known != name}
    return graph


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def loaded(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements that run at load time: not those in functions or under TYPE_CHECKING."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        elif not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from loaded(child)


def targets(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    base = node.module or ""
    if node.level:
        parent = package.split(".")[: len(package.split(".")) - node.level + 1]
        base = ".".join([*parent, *([base] if base else [])])
    yield from (f"{base}.{alias.name}" for alias in node.names)


def nearest(target: str, modules: dict[str, Path]) -> str | None:
    """`a.b.C` is the module `a.b` when C is a name in it."""
    while target and target not in modules:
        target = target.rpartition(".")[0]
    return target or None


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Each import cycle once, as the list of its modules."""
    found: list[list[str]] = []
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> None:
        if name in path:
            cycle = path[path.index(name) :]
            if name == min(cycle) and cycle not in found:
                found.append(cycle)
            return
        if name in done:
            return
        for target in sorted(graph.get(name, ())):
            visit(target, [*path, name])
        done.add(name)

    for name in sorted(graph):
        visit(name, [])
    return found


def check_patching(path: Path) -> Iterator[str]:
    """Tests use fakes; patching our own modules ties a test to how the code is written."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unittest.mock"):
            yield f"{path.relative_to(ROOT)}:{node.lineno}: imports unittest.mock; pass a fake in instead"


if __name__ == "__main__":
    sys.exit(main())
