"""What changes for clients between two documents, or two gateways.

old, problems = read_surface(Path("before.yaml"))
new, problems = read_surface(Path("after.yaml"))
for change in compare(old, new):
    print(change.severity, change.rule, change.operations, change.message)
"""

from .changes import Change, Place, counts
from .compare import compare
from .rules import RULES, SEVERITIES, Rule, Severity
from .surface import Surface, read_surface, surface_of_wires

__all__ = [
    "RULES",
    "SEVERITIES",
    "Change",
    "Place",
    "Rule",
    "Severity",
    "Surface",
    "compare",
    "counts",
    "read_surface",
    "surface_of_wires",
]
