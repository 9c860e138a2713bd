"""What each diagnostic about compositions means, for `headgate explain`."""

CODES = {
    "HG170": "The Arazzo document is not one: a field is missing, unknown or of the wrong kind (Arazzo 1.0.1 and 1.1.0).",
    "HG171": "Arazzo knows this and Headgate does not run it: goto, nested workflows, regex criteria, for-each, batch.",
    "HG172": "An operation names a workflow that no document defines, or two documents define the same one.",
    "HG173": "A step calls an operation that the API's documents do not have.",
    "HG174": "An expression names an input, step or output that does not exist.",
    "HG175": "An expression cannot be read, or has no value where it stands.",
    "HG176": "The referenced operation's schema says that this value is never there or has another type.",
    "HG177": "A call lacks a required parameter or body, or gives one that the operation does not have.",
    "HG178": "Steps wait for each other in a circle.",
    "HG179": "The slowest way through the workflow takes longer than the operation's timeout.",
    "HG180": "`x-headgate` of a step or workflow is wrong, or two of its settings contradict each other.",
    "HG181": "Two parameters of the composed operation would be the same input.",
    "HG182": "The answer of the composition does not fit what its operation declares.",
    "HG183": "No operation is answered by this workflow.",
    "HG184": "A composition cannot call this operation: it is a composition itself or no HTTP service answers it.",
}
