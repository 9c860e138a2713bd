"""Record pictures of a terminal: the real commands, run against a real local cloud.

python -m tools.record docs/canary.svg     # a canary is moved by hand
python -m tools.record docs/demo.svg       # `make demo`, moving
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from tests.e2e.gateway import Client, Gateway, portal
from tools.animation import animate

WIDTH = 96
REQUESTS = 400
FRAME_SECONDS = 0.9
PACE = {"headgate up": 4.0, "headgate deploy prod": 3.0}


def main(target: Path) -> int:
    return record_demo(target) if target.stem == "demo" else record_canary(target)


def record_demo(target: Path) -> int:
    """Run the demo and turn the frames of its live view into an animation; start and deploy are shown faster."""
    with tempfile.TemporaryDirectory() as folder:
        frames = Path(folder) / "frames.json"
        done = subprocess.run([sys.executable, "-m", "tools.demo", "--plain", "--record", str(frames)], check=False)
        if done.returncode:
            return done.returncode
        recording = json.loads(frames.read_text(encoding="utf-8"))
    recording["frames"] = thinned(recording["frames"])
    target.write_text(animate(recording, "make demo", PACE), encoding="utf-8")
    return 0


def thinned(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """About one frame a second, and the last."""
    kept: list[dict[str, Any]] = []
    for frame in frames:
        if not kept or frame is frames[-1] or frame["at"] - kept[-1]["at"] >= FRAME_SECONDS:
            kept.append(frame)
    return kept


def record_canary(target: Path) -> int:
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
