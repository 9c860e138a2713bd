"""`headgate why`: what the gateway did with a request, phase by phase, and which rule decided."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from cyclopts import Parameter
from rich.markup import escape

from . import releases, why_project, why_view
from .options import Aws, Endpoint, Folder, Json
from .output import CommandError, command_errors, err, out, print_json
from .target import choose, read_state
from .why_lookup import explained, look_up
from .why_place import Where, call, compiled_for, get

USAGE = 2
DEFAULT_LAST = 20
MARKS = {"passed": "[green]✓[/]", "refused": "[red]✗[/]", "failed": "[red]✗[/]", "unknown": "[dim]·[/]"}


@Parameter(name="*")
@dataclass(frozen=True)
class Options:
    """The request to make, or the one to look up."""

    header: Annotated[
        tuple[str, ...], Parameter(negative=(), help="A header to send, 'Name: value'; may be repeated.")
    ] = ()
    body: Annotated[str | None, Parameter(help="Body to send: text, or @file.")] = None
    stage: Annotated[str, Parameter(help="Stage; by default the one that `headgate up` serves at /.")] = ""
    canary: Annotated[bool, Parameter(negative=(), help="Ask the canary, whatever the draw.")] = False
    stable: Annotated[bool, Parameter(negative=(), help="Ask the stable release, whatever the draw.")] = False
    request_id: Annotated[str, Parameter(help="Look up a request by its x-amzn-RequestId instead of making one.")] = ""
    last: Annotated[bool, Parameter(negative=(), help="List the newest requests of the local cloud: `--last 50`.")] = (
        False
    )
    failed: Annotated[bool, Parameter(negative=(), help="With --last: only those that failed.")] = False
    project: Folder = Path()
    endpoint_url: Endpoint = None
    aws: Aws = False
    as_json: Json = False


def why(method: str = "", path: str = "", /, *, options: Options | None = None) -> None:
    """Show what the gateway does with a request: which release, route, authorizer, limits, cache and upstream, and why.

    The local cloud makes the request (a real one: it counts and reaches the services) and traces it. AWS is not called;
    there the project is explained, or, with --request-id, what the logs say. Secrets and bodies are never shown.

    For example:

    ```
    headgate why GET /users/ada --header "Authorization: Bearer $TOKEN"
    headgate why POST /orders --body @order.json --canary
    headgate why --last 50 --failed
    headgate why --request-id 6b0f3ad0-5a7c-4a63-9d1b-7a3f2f1f9a10
    ```

    Parameters
    ----------
    method
        HTTP method, such as GET.
    path
        Path with its query, such as /users/ada?full=true; or a whole URL.
    """
    options = options or Options()
    with command_errors(as_json=options.as_json):
        check(method, path, options)
        where = locate(options)
        if options.last:
            show_recent(recent(where, int(method or DEFAULT_LAST), failed=options.failed), options)
        elif options.request_id:
            show(look_up(where, options.request_id), options, f"request {options.request_id}")
        else:
            told = ask(where, method.upper(), path, options)
            show(told, options, f"{method.upper()} {_path_only(path)} on {_name(where)}")


def check(method: str, path: str, options: Options) -> None:
    """Options that exclude each other, and arguments that are missing.

    Raises:
        CommandError: names them; never a header's value.
    """
    if options.failed and not options.last:
        raise CommandError("--failed goes with --last", "headgate why --last 20 --failed", code=USAGE)
    ways = [bool(options.request_id), options.last, bool(path)]
    if sum(ways) != 1 or (options.request_id and method):
        fix = "headgate why GET /path, headgate why --request-id ID, or headgate why --last 20"
        raise CommandError("give a METHOD and a PATH, or --request-id, or --last", fix, code=USAGE)
    if options.last and method and not (method.isascii() and method.isdigit()):
        raise CommandError(f"--last {method}: not a number of requests", "headgate why --last 20", code=USAGE)
    if options.canary and options.stable:
        raise CommandError("--canary and --stable exclude each other", "give one of them", code=USAGE)
    if path and not method.isalpha():
        raise CommandError(f"{method!r} is no HTTP method", "headgate why GET /path", code=USAGE)
    for number, header in enumerate(options.header, 1):
        if not header.partition(":")[0].strip() or ":" not in header:
            raise CommandError(f"--header number {number} has no name before a colon", "give 'Name: value'", code=USAGE)


def locate(options: Options) -> Where:
    """The cloud and the stage.

    Raises:
        CommandError: no such stage, or AWS without a project.
    """
    folder = options.project
    has_project = (folder / "gateway.yaml").is_file()
    if not has_project:
        cloud = choose(folder, "us-east-1", endpoint_url=options.endpoint_url, aws=options.aws)
        if not cloud.is_local:
            releases.must_be_project(folder)
        return Where(cloud, options.stage, None, None)
    project = releases.load(folder)
    stages = [stage for environment in project.environments.values() for stage in environment.stages]
    served = str(read_state(folder).get("stage") or "")
    stage = options.stage or (served if served in stages else "") or project.local.stage or stages[0]
    address = releases.find(folder, stage, endpoint_url=options.endpoint_url, aws=options.aws)
    return Where(address.cloud, stage, project, address)


def ask(where: Where, method: str, path: str, options: Options) -> dict[str, Any]:
    """The trace of a request that the local cloud makes; on AWS, what the project says would happen."""
    if not where.cloud.is_local:
        compiled = compiled_for(where)
        if compiled is None:
            raise CommandError("the project does not compile", "headgate compile names the problems")
        api, inner = why_project.split_path(compiled, "/" + _target(path).partition("?")[0].lstrip("/"))
        read_body(options.body)  # unused, but a file that is not there should not wait for the local cloud
        note = "nothing was sent to AWS: this is what the project in this folder says; `headgate up` makes and traces requests"
        err.print(f"[dim]{note}[/]", highlight=False)
        return why_project.static_trace(api, method, inner, where.stage)
    wanted: dict[str, Any] = {
        "method": method,
        "path": _target(path),
        "headers": headers(options),
        "body": base64.b64encode(read_body(options.body)).decode(),
        "side": "canary" if options.canary else "stable" if options.stable else None,
    }
    if "://" in path:
        wanted["host"] = urlsplit(path).netloc
    if options.stage:
        wanted |= named_stage(where, wanted["path"])
    return explained(where, call(where.cloud, wanted))


def named_stage(where: Where, path: str) -> dict[str, str]:
    """The REST API of a stage that a path belongs to, and the path inside it."""
    if where.address is None:
        raise CommandError("--stage needs a project", "give --project DIR, or a whole execute-api URL as the path")
    outputs = releases.outputs(where.address)
    listed = next((value for name, value in sorted(outputs.items()) if name.startswith("Parts")), "")
    parts = {base: api for api, _, base in (part.partition("=") for part in listed.split(",") if part)}
    parts = parts or {"": next(value for name, value in sorted(outputs.items()) if name.startswith("RestApiId"))}
    fitting = [base for base in parts if path == base or path.startswith((base + "/", base + "?"))]
    base = max(fitting, key=len, default="")
    return {
        "api": parts.get(base, next(iter(parts.values()))),
        "stage": where.stage,
        "path": f"/{path[len(base) :].removeprefix('/')}",
    }


def recent(where: Where, number: int, *, failed: bool) -> list[dict[str, Any]]:
    """The newest requests of the local cloud.

    Raises:
        CommandError: there is no local cloud.
    """
    if not where.cloud.is_local:
        raise CommandError("--last needs a local cloud", "start `headgate up`; on AWS, look up one with --request-id")
    query = {"last": str(number), **({"failed": "true"} if failed else {})}
    found: list[dict[str, Any]] = get(where.cloud, query)["requests"]
    return found


def headers(options: Options) -> list[list[str]]:
    """The headers to send; JSON where a body has no type."""
    pairs = [[name.strip(), value.strip()] for name, _, value in (header.partition(":") for header in options.header)]
    given = {name.lower() for name, _ in pairs}
    more = {"User-Agent": "headgate-why", "Accept": "*/*"}
    if options.body is not None:
        more["Content-Type"] = "application/json"
    return [*pairs, *([name, value] for name, value in more.items() if name.lower() not in given)]


def read_body(given: str | None) -> bytes:
    """The body's bytes.

    Raises:
        CommandError: the file cannot be read.
    """
    if given is None or not given.startswith("@"):
        return (given or "").encode()
    try:
        return Path(given[1:]).read_bytes()
    except OSError as error:
        raise CommandError(f"--body {given}: {error.strerror}", "give the path of a file after @, or text") from error


def show(told: Mapping[str, Any], options: Options, title: str) -> None:
    """The trace for people or programs."""
    if options.as_json:
        print_json(told)
        return
    answer: Mapping[str, Any] = next((phase["facts"] for phase in told["phases"] if phase["phase"] == "answer"), {})
    out.print(f"[bold]{escape(title)}[/]" + (f": {answer['status']}" if answer.get("status") else ""))
    if not told["phases"]:
        out.print("  no API and stage there, or its execute-api address is off: 403 Forbidden (FACTS 2.18)")
    for line in why_view.lines(told):
        first, *rest = line.texts or ("",)
        took = f"  [dim]{line.millis:.1f} ms[/]" if line.millis is not None else ""
        out.print(f"{MARKS[line.outcome]} {line.phase:<12} {escape(first)}{took}")
        for text in rest:
            out.print(f"{'':15}{escape(text)}")


def show_recent(found: list[dict[str, Any]], options: Options) -> None:
    """The newest requests, the newest last, where the eye is."""
    for one in reversed(found):
        if options.as_json:
            print_json(one)
        else:
            out.print(escape(why_view.summary(one)))
    if not found and not options.as_json:
        out.print("no such request yet; the local cloud remembers the last 1,000")


def _target(path: str) -> str:
    """The path and query of a path or URL."""
    if "://" not in path:
        return path if path.startswith("/") else f"/{path}"
    parts = urlsplit(path)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _path_only(path: str) -> str:
    """Without the query, which may hold secrets."""
    return path.partition("?")[0]


def _name(where: Where) -> str:
    place = f"at {where.cloud.endpoint_url}" if where.cloud.endpoint_url else "as the project says"
    return f"{where.stage or 'the local stage'} {place}"
