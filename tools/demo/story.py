"""What happens in the demo, in order, and how it ended."""

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from rich.text import Text

from tests.e2e.gateway import ROOT, Gateway

from .load import Book, Load
from .scene import Scene, Step
from .setting import AFTER, BEFORE, COMPOSITION, STAGE, LocalCloud, Look, Plan, Ticker, replace, setting
from .stagehand import Show

WARM_SECONDS = 4.0
READ_SECONDS = 2.0
OVERLAP_SECONDS = 3.0
AFTER_SECONDS = 4.0
PATIENCE_SECONDS = 90.0
UNTIL_LOGGED_SECONDS = 10.0


# The phases of `headgate why` that the screen has room for.
TOLD = ("release", "integration", "answer")


class DemoError(Exception):
    """The demo cannot go on; the message says why."""


@dataclass
class Ending:
    """How it ended. `problems` is empty when everything is as promised."""

    seconds: float
    counts: Mapping[str, Mapping[str, int]]
    lost: int
    history: list[Mapping[str, Any]]
    judgement: Look | None
    why: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """What is not as promised."""
        newest = self.history[0] if self.history else {}
        found = []
        if newest.get("command") != "rollback" or newest.get("by") != "automation":
            found.append(f"the canary was not rolled back by the automation: {newest or 'no history'}")
        if not self.counts["canary"]["failed"]:
            found.append("no request of the canary failed: the edit has broken nothing")
        if self.counts["stable"]["failed"]:
            found.append(f"the stable release failed {self.counts['stable']['failed']} requests")
        if self.lost:
            found.append(f"{self.lost} requests got no answer, or one that is in no access log")
        return found


class Story:
    """One run. `show` is told what happens; the scene is brought up to date from the cloud itself."""

    def __init__(self, plan: Plan, show: Show) -> None:
        self.plan, self.show = plan, show
        self.scene = show.scene
        self.up, self.edit, self.deploy, self.rollout = self.scene.steps
        self.began = time.monotonic()
        self.ticker: Ticker | None = None

    def run(self) -> Ending:
        """From nothing to the end, and back to nothing.

        Raises:
            DemoError: a piece of it did not work at all.
        """
        self.begin(self.up, "starting")
        with ExitStack() as stack:
            gateway = self.start(stack)
            self.cloud = LocalCloud(gateway)
            headers = gateway.bearer(sub="ada", scope="users:read")
            load = self.load = stack.enter_context(Load(gateway.url, headers, self.plan.rate))
            self.book = Book(load.answers)
            self.show.update = self.update
            self.finish(
                self.up, f"{self.plan.rate} requests a second; one in twenty recommendations fails, nobody notices"
            )
            self.wait(WARM_SECONDS)
            self.change(gateway)
            self.release(gateway)
            self.roll_out()
            return self.end(gateway, load)

    def start(self, stack: ExitStack) -> Gateway:
        """The services and `headgate up`, until the stack unwinds."""
        try:
            return stack.enter_context(setting(self.plan))
        except AssertionError as error:
            raise DemoError(f"`headgate up` did not start:\n{error}") from error

    def change(self, gateway: Gateway) -> None:
        """The one line."""
        self.begin(self.edit, "")
        replace(gateway.project / COMPOSITION, BEFORE, AFTER)
        self.edit.details = ((f"- {BEFORE}", "red"), (f"+ {AFTER}", "green"))
        self.finish(self.edit, "recommendations are required now")
        for text, _ in self.edit.details:
            self.show.say(f"    {text}")
        self.wait(READ_SECONDS)

    def release(self, gateway: Gateway) -> None:
        """The real CDK CLI, by the command that runs it."""
        self.begin(self.deploy, "cdk synth")
        began = time.monotonic()
        command = ["deploy", STAGE, "--canary", "auto", "--endpoint-url", gateway.endpoint]
        with running(command, gateway) as process:
            output: list[str] = []
            assert process.stdout
            for line in process.stdout:
                output.append(line)
                self.deploy.note = progress(line) or self.deploy.note
            code = process.wait()
        if code:
            raise DemoError(f"headgate {shlex.join(command)} ended with exit code {code}:\n{''.join(output)}")
        state = self.cloud.state()
        self.scene.releases = {side: str(state[side]["releaseId"]) for side in ("stable", "canary") if state[side]}
        self.finish(self.deploy, f"the CDK CLI took {time.monotonic() - began:.0f} s; the release enters as a canary")

    def roll_out(self) -> None:
        """Nobody does anything any more: the cloud's clock runs, the state machine looks."""
        self.begin(self.rollout, "a look at the access logs every minute of the cloud's clock")
        limit = time.monotonic() + PATIENCE_SECONDS
        with Ticker(self.cloud, self.plan.speed) as self.ticker:
            while self.cloud.canary_percent() is not None:
                if self.ticker.failure:
                    raise DemoError(f"the cloud's clock stopped: {self.ticker.failure}") from self.ticker.failure
                if time.monotonic() > limit:
                    self.finish(self.rollout, "the canary is still there", state="failed")
                    return
                self.wait(0.25)
            self.finish(self.rollout, "rolled back by itself; stable never moved")
            self.wait(AFTER_SECONDS)
        self.ticker = None

    def end(self, gateway: Gateway, load: Load) -> Ending:
        """Stop the load, wait for the last records, ask why."""
        load.stop()
        self.scene.columns = self.book.columns[: int(load.seconds)]
        limit = time.monotonic() + UNTIL_LOGGED_SECONDS
        while self.book.waiting and time.monotonic() < limit:
            self.wait(0.25)
            self.book.refresh(self.cloud.records(None))
        self.show.update = lambda: None
        looks = self.cloud.looks()
        ending = Ending(
            seconds=0.0,
            counts={side: vars(count) for side, count in self.book.counts.items()},
            lost=self.book.lost,
            history=list(self.cloud.state()["history"]),
            judgement=looks[-1] if looks else None,
        )
        if self.book.failures:
            request = self.book.failures[-1].request_id
            ending.why = why(gateway, request)
            self.scene.ending = [
                Text.assemble((f"$ headgate why --request-id {request}", "bold"), ("   (in part)", "dim")),
                *(
                    Text(line, "red" if " failed " in line else "", no_wrap=True, overflow="ellipsis")
                    for line in ending.why
                ),
            ]
        ending.seconds = round(time.monotonic() - self.began, 1)
        return ending

    def update(self) -> None:
        """The scene as the cloud has it now."""
        speed = self.plan.speed if self.ticker else 1
        self.book.refresh(self.cloud.records(OVERLAP_SECONDS * speed))
        scene = self.scene
        scene.counts = self.book.counts
        scene.columns = self.book.columns[: int(self.load.seconds)]  # the present second is not over
        scene.percent = self.cloud.canary_percent()
        scene.cloud_time = self.ticker.now if self.ticker else self.cloud.clock()
        scene.speed = speed
        if self.ticker:
            looks = self.cloud.looks()
            if looks and looks[-1] != scene.look:
                scene.look = looks[-1]
                self.show.say(f"judge: {scene.look.verdict}, evidence {scene.look.evidence:.3g}; {scene.look.reason}")

    def begin(self, step: Step, note: str) -> None:
        step.state, step.note = "running", note
        self.show.say(f"{step.title} ...")

    def finish(self, step: Step, note: str, state: str = "done") -> None:
        step.state, step.note = state, note
        self.show.say(f"{step.title}: {note}")

    def wait(self, seconds: float) -> None:
        """Let it go on for a while."""
        threading.Event().wait(seconds)
        if self.show.failure:
            raise DemoError(f"the view failed: {self.show.failure}") from self.show.failure


def new_scene() -> Scene:
    """The screen before anything has happened."""
    file = COMPOSITION.name
    titles = ("headgate up", f"edit one line of {file}", f"headgate deploy {STAGE}", "the rollout, by itself")
    return Scene([Step(title) for title in titles])


@contextmanager
def running(arguments: list[str], gateway: Gateway) -> Iterator["subprocess.Popen[str]"]:
    """A command in a group of its own, so that nothing of it outlives the demo."""
    process = subprocess.Popen(
        [sys.executable, "-m", "headgate", *arguments],
        cwd=gateway.project,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)
            with suppress(ProcessLookupError):  # nothing of the group is left
                os.killpg(process.pid, signal.SIGKILL)
        if process.stdout:
            process.stdout.close()


def progress(line: str) -> str:
    """What a line of the CDK CLI says of how far it is, "" for lines that say nothing new."""
    columns = [column.strip() for column in line.split("|")]
    if len(columns) >= 5:
        return f"cdk deploy, {columns[1]} {columns[4]}"
    if "Publishing" in line or "changeset" in line:
        return "cdk deploy, " + line.strip().rpartition(": ")[2]
    return ""


def why(gateway: Gateway, request: str) -> list[str]:
    """What `headgate why` tells of a request, its notes and passed phases left out; its last line of complaint when it cannot."""
    done = gateway.cli("why", "--request-id", request, "--endpoint-url", gateway.endpoint)
    if done.returncode:
        return [f"headgate why could not tell: {(done.stderr.strip() or 'no reason').splitlines()[-1]}"]
    return short(done.stdout.rstrip().splitlines())


def short(lines: list[str]) -> list[str]:
    """Of what `headgate why` tells: the release, the composition's steps and the answer; not what the log does not say."""
    told, phase = [], ""
    for line in lines[1:]:
        phase = line[2:].split(" ", 1)[0] or phase
        if phase in TOLD and "note:" not in line and line.strip():
            told.append(line)
    return told
