"""The operations that a gateway has: read from the documents, at which path and route, and which service answers each."""
