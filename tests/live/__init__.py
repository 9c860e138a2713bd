"""Open questions about API Gateway, asked of a real account: `HEADGATE_LIVE=1 pytest tests/live -m live -rA`.

Each probe imports a small document over one REST API of its own, calls it, and says which reading of the evidence holds. The API is
deleted at the end, whatever happened. With `HEADGATE_LIVE_ENDPOINT=http://127.0.0.1:4566` the local cloud is asked instead.
"""
