"""How long from saving a document until the next request sees it, on a running `headgate up`.

python -m benchmarks.save_to_served
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.gateway import Client, portal

ROUNDS = 7
WARM_UP = 1
LIMIT_SECONDS = 20
PATH = "/portal/home?city=London"
HEADER = "x-portal-edition"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, portal(Path(folder) / "portal") as gateway:
        headers = gateway.bearer(sub="ada")
        client = Client(gateway.url)
        document = gateway.project / "openapi" / "portal.yaml"
        original = document.read_text(encoding="utf-8")

        def save(edition: str) -> float:
            """Seconds until the edition is served; infinite past the limit."""
            begun = time.perf_counter()
            document.write_text(original.replace("Edition: morning", f"Edition: {edition}"), encoding="utf-8")
            while client.request(PATH, headers=headers).headers.get(HEADER) != edition:
                if time.perf_counter() - begun > LIMIT_SECONDS:
                    return float("inf")
            return time.perf_counter() - begun

        seconds = [save(f"round-{number}") for number in range(WARM_UP + ROUNDS)]
        client.close()
    measured = seconds[WARM_UP:]
    print(f"save to served: median {statistics.median(measured):.2f} s, worst {max(measured):.2f} s of {ROUNDS}")
    print(json.dumps({"seconds": {"median": statistics.median(measured), "worst": max(measured)}, "rounds": ROUNDS}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
