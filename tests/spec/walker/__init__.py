"""A second reading of OpenAPI, to hold the compiler's ledger against. Shares no code with `headgate`: it reads the text itself.

`reader` counts the constructs of documents, `pairs` lays documents beside what the compiler made of them, `evidence` looks for
each row of the ledger in the place that its level names.
"""
