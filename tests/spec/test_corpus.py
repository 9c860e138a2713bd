"""Every document of the corpus compiles, is importable, and is in the ledger construct by construct.

`HEADGATE_CORPUS=folder make corpus` holds any other documents to the same.
"""

import os
from collections import Counter
from functools import cache

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from headgate.spec import Compiled, Diagnostic, Target, compile_document

from .corpus_files import Sample, samples
from .importer import complaints
from .walker.evidence import Evidence, Made
from .walker.evidence_20 import Evidence20
from .walker.reader import constructs
from .walker.texts import Texts

# What may stop a document of somebody else: no operations, and references that lead nowhere.
ITS_OWN_FAULT = {"HG101", "HG104", "HG105", "HG107"}

each = pytest.mark.parametrize(
    "sample", [pytest.param(sample, id=sample.name, marks=pytest.mark.xdist_group(sample.name)) for sample in samples()]
)


@cache
def compiled(sample: Sample) -> tuple[Compiled | None, tuple[Diagnostic, ...]]:
    found, problems = compile_document(sample.path, Target("spec", unbound="deny"))
    return found, tuple(problems)


def api_of(sample: Sample) -> Compiled:
    found, problems = compiled(sample)
    if found is None:
        errors = [problem for problem in problems if problem.level == "error"]
        assert errors
        assert {problem.code for problem in errors} <= ITS_OWN_FAULT, "\n".join(map(str, errors))
        pytest.skip("; ".join(problem.message for problem in errors))
    return found


def evidence(sample: Sample, found: Compiled) -> Evidence:
    """The ledger of a compiled document beside its text."""
    texts, (api, *_) = Texts(sample.folder), found.apis
    told = [(os.path.relpath(p.path, sample.folder), p.pointer) for p in compiled(sample)[1]]
    made = Made(api.wire, api.validators, api.published, api.plans, api.ledger, told)
    search = Evidence20 if "swagger" in texts.value(sample.file) else Evidence
    return search(texts, sample.file, constructs(texts, sample.file), made)


@each
def test_a_document_compiles(sample: Sample) -> None:
    assert api_of(sample).apis


@each
def test_api_gateway_imports_it_without_a_warning(sample: Sample) -> None:
    for api in api_of(sample).apis:
        assert complaints(api.wire) == []


@each
def test_the_wire_document_is_openapi_30(sample: Sample) -> None:
    for api in api_of(sample).apis:
        assert [error.message for error in OpenAPIV30SpecValidator(api.wire).iter_errors()] == []


@each
def test_every_construct_has_exactly_one_row(sample: Sample) -> None:
    rows = Counter((row["document"], row["pointer"]) for row in api_of(sample).apis[0].ledger)
    counted = Counter(list(constructs(Texts(sample.folder), sample.file)))

    assert counted - rows == Counter()
    assert rows - counted == Counter()


@each
def test_every_row_is_true(sample: Sample) -> None:
    assert list(evidence(sample, api_of(sample)).complaints()) == []


@each
def test_compiling_again_gives_the_same_bytes(sample: Sample) -> None:
    if sample.path.stat().st_size > 500_000:
        pytest.skip("takes its time, and has nothing that the others do not have")
    first = api_of(sample)
    again, _ = compile_document(sample.path, Target("spec", unbound="deny"))

    assert again is not None
    assert [(api.wire, api.published, api.ledger) for api in again.apis] == [
        (api.wire, api.published, api.ledger) for api in first.apis
    ]
