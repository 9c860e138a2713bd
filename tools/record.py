"""Record a canary being moved, as a picture of a terminal: runs the real commands against a real local cloud.

python -m tools.record docs/canary.svg
"""

import os
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.e2e.gateway import Client, Gateway, portal

WIDTH = 96
REQUESTS = 400


def main(target: Path) -> int:
    os.environ["FORCE_COLOR"] = "1"  # the commands' output is piped, but it is a terminal's picture
    screen = Console(record=True, width=WIDTH, file=open("/dev/null", "w", encoding="utf-8"))  # noqa: SIM115 - one run
    with tempfile.TemporaryDirectory() as folder, portal(Path(folder) / "portal", "--canary", "10") as gateway:
        document = gateway.project / "openapi" / "portal.yaml"
        text = document.read_text(encoding="utf-8")
        command(screen, "sed -i 's/Edition: morning/Edition: evening/' openapi/portal.yaml     # a save is a release")
        document.write_text(text.replace("Edition: morning", "Edition: evening"), encoding="utf-8")
        wait_for_canary(gateway)
        for arguments in (["status", "prod"], ["set", "prod", "25"], ["promote", "prod"]):
            command(screen, f"headgate canary {' '.join(arguments)}")
            done = gateway.cli("canary", *arguments)
            screen.print(Text.from_ansi(done.stdout.rstrip()))
            screen.print(Text(answers(gateway), style="dim"))
    print(screen.export_text(clear=False))
    screen.save_svg(str(target), title="headgate canary")
    return 0


def command(screen: Console, line: str) -> None:
    screen.print(Text.assemble(("$ ", "green"), (line, "bold")))


def wait_for_canary(gateway: Gateway) -> None:
    pause = threading.Event()
    while not gateway.canary("status", "prod")["state"]["canary"]:
        pause.wait(0.2)


def answers(gateway: Gateway) -> str:
    """Which release answered a few hundred requests."""
    headers = gateway.bearer(sub="ada")
    client = Client(gateway.url)
    seen = Counter(
        client.request("/portal/home?city=London", headers=headers).headers["x-portal-edition"] for _ in range(REQUESTS)
    )
    client.close()
    counts = ", ".join(f"{count} x {edition}" for edition, count in sorted(seen.items(), reverse=True))
    return f"# the next {REQUESTS} answers: {counts}\n"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/canary.svg")))
