"""The compiler: OpenAPI documents and gateway.yaml in, everything a gateway is made of out. Pure but for reading the user's files.

project, problems = load_project(folder)
compiled, problems = compile_project(project, Target("prod"))
write(compiled, folder / "build")
"""

from .compiled import Compiled, CompiledApi, write
from .compiler import compile_document, compile_project
from .diagnostics.codes import CODES, explanation
from .diagnostics.records import Diagnostic, has_errors
from .operations.records import Operation, OperationIndex, Upstream
from .parts import joined_wire
from .security.schemes import Credential
from .settings.project import Project, load_project, project_schema
from .settings.target import Target
from .source.document import DocumentSet, LoadedDocument, Located

__all__ = [
    "CODES",
    "Compiled",
    "CompiledApi",
    "Credential",
    "Diagnostic",
    "DocumentSet",
    "LoadedDocument",
    "Located",
    "Operation",
    "OperationIndex",
    "Project",
    "Target",
    "Upstream",
    "compile_document",
    "compile_project",
    "explanation",
    "has_errors",
    "joined_wire",
    "load_project",
    "project_schema",
    "write",
]
