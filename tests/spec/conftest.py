"""Deterministic property tests: the same cases on every machine."""

from hypothesis import settings

settings.register_profile("spec", derandomize=True, deadline=None, database=None)
settings.load_profile("spec")
