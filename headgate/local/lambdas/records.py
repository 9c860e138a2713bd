"""What the pool needs to know of a function, a log line and a call: frozen records, and the pure rules that make them."""

import platform
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

PYTHON_RUNTIMES = tuple(f"python3.{minor}" for minor in range(9, 15))

# Lambda's machine names by what `platform.machine()` says.
MACHINES = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One published version (or $LATEST) as it is now; equal specs share warm workers."""

    arn: str  # without qualifier
    name: str
    version: str
    account_id: str
    region: str
    handler: str
    runtime: str
    architecture: str
    timeout_seconds: int
    memory_mb: int
    code_digest: str  # hex SHA-256 of the archive
    layer_digests: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    log_group: str
    log_format: str = "Text"
    log_level: str | None = None

    def __hash__(self) -> int:
        """Three of the fields tell nearly all specs apart, and every invocation asks."""
        return hash((self.arn, self.version, self.code_digest))

    @property
    def import_variables(self) -> tuple[str, str, str]:
        """The variables awslambdaric reads when it is imported; one zygote serves one such set."""
        return f"AWS_Lambda_{self.runtime}", self.log_format.upper(), self.log_level or ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What an ARN means now. `alternatives` are an alias's weighted versions: (share, version)."""

    spec: FunctionSpec
    code: bytes
    layers: tuple[bytes, ...] = ()
    reserved_concurrency: int | None = None
    alternatives: "tuple[tuple[float, Resolved], ...]" = ()


class Functions(Protocol):
    """Where the pool looks functions up."""

    def resolve(self, function_arn: str) -> Resolved:
        """The function an ARN (with version, alias or neither) means; FunctionNotFoundError otherwise."""
        ...


class LogLine(NamedTuple):
    """One record of a function's log; a tuple, as there is at least one per invocation.

    `is_platform` marks START, END and REPORT, which a terminal need not show; the text may then be several lines, which
    are events of their own in CloudWatch.
    """

    spec: FunctionSpec
    stream: str
    epoch_millis: int
    text: str
    is_platform: bool = False


LogSink = Callable[[LogLine], None]


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """How many workers, and when more of them.

    `steady_workers` suit work that computes (four kept four cores busy at 28,000 calls a second); one more starts when a
    call has waited `grow_after_seconds`. Handlers that wait rather than compute need more, as AWS gives every concurrent
    call its own environment: beyond the steady number a call must have waited `stretch_after_seconds`.
    """

    steady_workers: int = 4
    max_workers: int = 64
    grow_after_seconds: float = 0.003
    stretch_after_seconds: float = 0.05
    idle_seconds: float = 300.0
    account_concurrency: int = 1000  # AWS's default quota
    init_grace_seconds: float = 10.0  # Lambda's init phase, on top of the function's timeout


@dataclass(frozen=True, slots=True)
class WorkerClock:
    """What time it is for functions. `told` is what a worker is told of it per call; None where nobody can move the clock."""

    now: Callable[[], float] = time.time
    told: Callable[[], str] | None = None


def is_host_first(spec: FunctionSpec, machine: str, python: tuple[int, int]) -> bool:
    """Whether native wheels inside the code cannot run here, so that the host's packages must go before it."""
    return spec.architecture != MACHINES.get(machine, machine) or spec.runtime != f"python{python[0]}.{python[1]}"


def search_path(
    spec: FunctionSpec, code: str, layers: tuple[str, ...], site: tuple[str, ...]
) -> tuple[list[str], list[str]]:
    """`sys.path` before and after the interpreter's own library.

    Lambda's order is code, layers, library, packages of the runtime. Where the code's native wheels are for another
    machine or Python, the host's packages go first.
    """
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    own = [
        code,
        *(part for layer in layers for part in (f"{layer}/python/lib/{python}/site-packages", f"{layer}/python")),
    ]
    if is_host_first(spec, platform.machine(), sys.version_info[:2]):
        return [*site, *own], []
    return own, list(site)


def variables(spec: FunctionSpec, *, stream: str, task_root: str, endpoint_url: str) -> dict[str, str]:
    """The environment Lambda gives a function, and the address of the local cloud; the function's own values win."""
    execution_env, log_format, log_level = spec.import_variables
    standard = {
        "_HANDLER": spec.handler,
        "AWS_ACCESS_KEY_ID": "headgate",
        "AWS_SECRET_ACCESS_KEY": "headgate",
        "AWS_SESSION_TOKEN": "headgate",
        "AWS_DEFAULT_REGION": spec.region,
        "AWS_REGION": spec.region,
        "AWS_EXECUTION_ENV": execution_env,
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": log_format.capitalize() if log_format == "TEXT" else log_format,
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "LAMBDA_TASK_ROOT": task_root,
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LANG": "en_US.UTF-8",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "TZ": ":UTC",
        "AWS_ENDPOINT_URL": endpoint_url,
    }
    level = {"AWS_LAMBDA_LOG_LEVEL": log_level} if log_level else {}
    return {**standard, **level, **dict(spec.environment)}


def log_stream_name(version: str, date: str) -> str:
    """`2026/11/21/[$LATEST]<32 hex>`, one per worker. `date` is already `YYYY/MM/DD`."""
    return f"{date}/[{version}]{uuid.uuid4().hex}"


def error_payload(kind: str, message: str) -> dict[str, str]:
    """What Lambda itself answers when a function ended without an answer."""
    return {"errorType": kind, "errorMessage": message}


def exit_reason(status: int | None) -> str:
    """Lambda's words for a worker's end: exit code, or minus the signal's number."""
    if status is None or status == 0:
        return "Runtime exited without providing a reason"
    if status < 0:
        names: Mapping[int, str] = {-9: "killed", -11: "segmentation fault", -6: "aborted", -15: "terminated"}
        return f"Runtime exited with error: signal: {names.get(status, str(-status))}"
    return f"Runtime exited with error: exit status {status}"
