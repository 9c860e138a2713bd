"""Scores the local cloud and its peers on the conformance cases: `python -m benchmarks.conformance` (make conformance)."""
