"""What `headgate up` does, in order: start the cloud, synthesize, apply the templates, say where things are, watch.

The template that is applied is the one the CDK synthesizes; nothing here describes the gateway a second time.
"""

import random
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.markup import escape

from headgate.local.cloud import Cloud, CloudConfig
from headgate.local.cloudformation import AssemblyError, StackResult

from . import banner, releases, watch
from .mocking import Mock, prepare_mock
from .options import share_of
from .output import CommandError, err, print_json
from .processes import Processes
from .synth import Assembly, Synthesizer
from .target import STATE_FOLDER, Claim
from .up import Options


class Session:
    """One run of `headgate up`, from start to Ctrl-C."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.started = time.monotonic()
        self.stop = threading.Event()
        self.synthesizer: Synthesizer | None = None
        self.mock: Mock | None = None
        self.folder = options.project.resolve()
        self.project = self.folder
        self.claim = Claim(self.folder)
        self.processes = Processes(self.relay)

    def run(self) -> None:
        """Serve until a signal says stop.

        Raises:
            CommandError: the project cannot be used, or the first deployment failed.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.interrupt())
        try:
            self.prepare()
            with Cloud(self.cloud_config()) as cloud:
                self.serve(cloud)
        except CommandError:
            if not self.stop.is_set():
                raise
        finally:
            self.leave()

    def interrupt(self) -> None:
        """Ctrl-C: whatever waits for a synth need not wait longer."""
        self.stop.set()
        if self.synthesizer:
            self.synthesizer.process.terminate()

    def prepare(self) -> None:
        """Everything that can be wrong before a cloud starts."""
        options = self.options
        if options.empty:
            return
        if options.document is None:
            self.stage(releases.load(self.folder))
        self.synthesizer = Synthesizer()
        if self.claim.other:
            self.say(
                "notice", f"another `headgate up` serves this project, {self.claim.other}; commands talk to this one"
            )
        if options.document is not None:
            self.mock = prepare_mock(options.document.resolve(), self.folder / STATE_FOLDER)
            self.project = self.mock.project

    def leave(self) -> None:
        """Leave nothing behind."""
        self.claim.give_back()
        self.processes.stop()
        if self.mock:
            self.mock.stop()
        if self.synthesizer:
            self.synthesizer.stop()

    def cloud_config(self) -> CloudConfig:
        more: dict[str, Any] = {}
        if self.options.seed is not None:
            more["random"] = random.Random(self.options.seed).random  # noqa: S311 - a split, not a secret
        return CloudConfig(
            port=self.options.port,
            http_port=self.options.http_port,
            controllable_clock=self.options.controllable_clock,
            notice=lambda text: err.print(escape(text)),
            **more,
        )

    def serve(self, cloud: Cloud) -> None:
        """Deploy, say where everything is, deploy again on every save."""
        if self.options.empty:
            self.announce({"ready": True, "endpoint": cloud.endpoint_url, "url": cloud.http_url})
            self.stop.wait()
            return
        project = releases.load(self.project)
        saves = watch.saves(self.folders(), self.stop)
        if self.options.watch:
            next(saves, None)  # from here on no save is missed
        self.processes.start(project.local.start, self.project)
        if not self.deploy(cloud):
            raise CommandError("the first deployment failed", "mend what is named above, then start again")
        ready = banner.describe(cloud, project, self.stage(project), self.mock)
        self.claim.write({**ready, "canary": self.options.canary})
        self.announce(ready)
        for files in saves if self.options.watch else ():
            if files:
                self.save(cloud, files)
        self.stop.wait()

    def stage(self, project: Any) -> str:
        """The stage on the HTTP port."""
        stages = [stage for environment in project.environments.values() for stage in environment.stages]
        wanted = self.options.stage or project.local.stage or stages[0]
        if wanted not in stages:
            raise CommandError(f"there is no stage {wanted!r}", f"the project's stages are {', '.join(stages)}")
        return str(wanted)

    def folders(self) -> list[Path]:
        """What is watched: the project, and the document of `--spec`."""
        return [self.options.document.resolve().parent] if self.options.document else [self.project]

    def deploy(self, cloud: Cloud) -> bool:
        """Synthesize and apply every environment's stack; problems are printed. True when all of it worked."""
        assert self.synthesizer
        begun = time.monotonic()
        assembly = self.synthesizer.synth(self.project, self.claim.assembly(self.project), self.context(cloud))
        self.report(assembly)
        if assembly.folder is None:
            return False
        for stack in assembly.stacks:
            if self.stop.is_set():
                return False
            result = self.apply(cloud, assembly.folder, stack)
            if not result.ok:
                reasons = "; ".join(f"{name}: {reason}" for name, reason in result.failures) or result.reason or ""
                self.say("failed", f"{stack} is {result.status}: {reasons}", stack=stack)
                return False
        project = releases.load(self.project)
        banner.map_stage(cloud, project, self.stage(project))
        self.say(
            "deployed", f"deployed in {time.monotonic() - begun:.2f} s", seconds=round(time.monotonic() - begun, 3)
        )
        return True

    def apply(self, cloud: Cloud, assembly: Path, stack: str) -> StackResult:
        """Deploy one stack in process.

        Raises:
            CommandError: the assembly does not hold it.
        """
        try:
            return cloud.deploy(assembly, stack)
        except AssemblyError as error:
            raise CommandError(str(error), "run `headgate up` again") from error

    def save(self, cloud: Cloud, files: set[Path]) -> None:
        """A save: whatever goes wrong, what was served goes on being served."""
        names = ", ".join(sorted(path.name for path in files))
        self.say("saved", f"{names} changed", files=sorted(str(path) for path in files))
        if self.mock:
            self.mock.reload()
        try:
            self.deploy(cloud)
        except CommandError as error:
            if not self.stop.is_set():
                self.say("failed", error.message)
        except Exception as error:  # noqa: BLE001 - a fault of ours is told; the gateway goes on
            self.say("failed", f"{type(error).__name__}: {error}; what was served before is still served")

    def context(self, cloud: Cloud) -> Mapping[str, str]:
        """The CDK context of a local synth."""
        context = {"headgate:local": "true", "headgate:port": cloud.endpoint_url.rpartition(":")[2]}
        if self.options.canary is not None:
            context["headgate:canary"] = share_of(self.options.canary)
        if self.mock:
            context |= {"headgate:mock": self.mock.url, "headgate:unbound": "test"}
            context["headgate:document"] = str(self.mock.document)
        return context

    def report(self, assembly: Assembly) -> None:
        """The diagnostics of a synth, and what else went wrong."""
        for problem in assembly.diagnostics:
            place = f"{problem['path']}:{problem['line']}:{problem['column']}"
            fix = f" ({problem['fix']})" if problem.get("fix") else ""
            text = f"{place}: {problem['level']} {problem['code']} {problem['message']}{fix}"
            self.say("diagnostic", text, **problem)
        if assembly.error:
            errors = sum(1 for problem in assembly.diagnostics if problem["level"] == "error")
            reason = f"{errors} {'error' if errors == 1 else 'errors'} above" if errors else assembly.error
            self.say("failed", f"{reason}; nothing was deployed")

    def announce(self, ready: Mapping[str, Any]) -> None:
        """Say where everything is."""
        seconds = time.monotonic() - self.started
        if self.options.as_json:
            print_json({**ready, "seconds": round(seconds, 2)})
        else:
            banner.show(ready, seconds)

    def relay(self, command: str, line: str) -> None:
        """A line that a process of the project printed."""
        self.say("process", line, command=command)

    def say(self, event: str, text: str, **fields: Any) -> None:
        """One event: a JSON object, or a line."""
        if self.options.as_json:
            print_json({"event": event, "message": text, **{k: v for k, v in fields.items() if k != "message"}})
        else:
            err.print(f"[dim]{event:>10}[/] {escape(text)}")
