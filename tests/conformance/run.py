"""Runs one case: build what it needs, take its steps, compare, delete everything again."""

import base64
import datetime as dt
import gzip
import http.client
import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from .backend import Backend
from .caseformat import VERBS, Case, document, expand
from .check import Observation, check
from .compare import parsed
from .control import REGION, Control, ControlError, zipped
from .removals import removal
from .signing import signed
from .single_calls import Builder

STAGE = "dev"
HTTP_TIMEOUT = 20
FUNCTION_TIMEOUT = 60
# Every function starts with this; `count` tells the harness about an invocation and returns how many there were.
PRELUDE = """
import json, time, urllib.request

def count(event):
    request = urllib.request.Request("{{callback}}", json.dumps(event).encode(), {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return int(opener.open(request, timeout=3).read())

def policy(effect, resource, principal="user", **extra):
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {"principalId": principal, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}, **extra}

def answer(body=None, status=200, **more):
    return {"statusCode": status, "body": body if isinstance(body, str) else json.dumps(body), **more}
"""
METHOD_SETTINGS = {
    "rate": "throttling/rateLimit",
    "burst": "throttling/burstLimit",
    "caching": "caching/enabled",
    "cacheTtl": "caching/ttlInSeconds",
    "requireAuthorizationForCacheControl": "caching/requireAuthorizationForCacheControl",
    "unauthorizedCacheControlHeaderStrategy": "caching/unauthorizedCacheControlHeaderStrategy",
}


class Bench:
    """One endpoint under test, with the backend its integrations call. `build` is "import" or "calls"."""

    def __init__(self, endpoint: str, *, build: str = "import", callback_host: str = "127.0.0.1") -> None:
        url = urlsplit(endpoint)
        self.host, self.port, self.netloc = url.hostname or "localhost", url.port or 80, url.netloc
        self.build = build
        self.control = Control(endpoint)
        self.backend = Backend(callback_host)

    def problems(self, case: Case) -> list[str]:
        """What is wrong with the endpoint's answers to one case; empty when it passes."""
        run = Run(case, self)
        try:
            return run.run()
        except ControlError as error:
            return [str(error)]
        except (OSError, http.client.HTTPException) as error:
            return [f"data plane: {type(error).__name__}: {error}"[:200]]
        finally:
            run.clean()

    def close(self) -> None:
        """End the backend."""
        self.backend.close()


class Run:
    """One case on one endpoint."""

    def __init__(self, case: Case, bench: Bench) -> None:
        self.case, self.bench, self.control = case, bench, bench.control
        self.token = f"{case.id}-{uuid.uuid4().hex[:8]}"
        self.names: dict[str, Any] = {
            "stage": STAGE,
            "account": self.control.account,
            "region": REGION,
            "token": self.token,
            "today": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d"),
            "backend_host": bench.backend.address,
        }
        self.cleanup: list[tuple[str, dict[str, Any]]] = []
        self.uris: dict[str, str] = {}

    def run(self) -> list[str]:
        """Build, then the steps until one is wrong."""
        self.make_functions()
        if self.case.build != "nothing":
            self.make_api()
        if self.case.build == "stage":
            self.make_stage()
            self.make_plans()
        for number, step in enumerate(self.case.steps):
            problems = self.take(step)
            if problems:
                last = number == len(self.case.steps) - 1
                return problems if last else [f"step {number + 1}: {problems[0]}"]
        return []

    def clean(self) -> None:
        """Leftovers change no verdict: every case has its own names."""
        for operation, arguments in reversed(self.cleanup):
            try:
                self.control.call(operation, arguments)
            except ControlError:
                continue

    # ---- building

    def fill(self, value: Any) -> Any:
        """Replace {{backend}}, {{key:NAME}}, {{lambda:NAME}} and <names>, everywhere."""
        text = json.dumps(value).replace("{{backend}}", f"http://{self.bench.backend.address}/backend/{self.token}")
        text = re.sub(r"\{\{key:(\w+)\}\}", lambda match: self.key_value(match[1]), text)
        for name, uri in self.uris.items():
            text = text.replace(f"{{{{lambda:{name}}}}}", uri)
        return json.loads(expand(text, self.names))

    def key_value(self, name: str) -> str:
        return str(self.names.setdefault(f"key:{name}", f"{name}-{uuid.uuid4().hex}"))

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        return self.control.call(operation, arguments)

    def later(self, operation: str, **arguments: Any) -> None:
        self.cleanup.append((operation, arguments))

    def make_functions(self) -> None:
        for name in self.case.functions:
            arn = self.make_function(name, self.fill(self.case.functions[name]))
            self.names[f"arn:{name}"] = arn
            self.uris[name] = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
        mentioned = re.findall(r"\{\{lambda:(\w+)\}\}", json.dumps([self.case.document, self.case.steps]))
        for name in set(mentioned) - set(self.uris):
            arn = f"arn:aws:lambda:{REGION}:{self.control.account}:function:{name}"
            self.uris[name] = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"

    def make_function(self, name: str, code: str) -> str:
        function = f"conf-{self.token}-{name}"[:64]
        callback = f"http://{self.bench.backend.address}/callback/{self.token}/{name}"
        source = f"{PRELUDE.replace('{{callback}}', callback)}\n{code}"
        made = self.call(
            "lambda.create_function",
            FunctionName=function,
            Runtime="python3.12",
            Role=self.control.role,
            Handler="index.handler",
            Timeout=2 if "slow" in name else 20,
            Code={"ZipFile": zipped(source)},
        )
        self.later("lambda.delete_function", FunctionName=function)
        self.wait_until_active(function, made)
        self.call(
            "lambda.add_permission",
            FunctionName=function,
            StatementId="apigateway",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
        return str(made["FunctionArn"])

    def wait_until_active(self, function: str, state: Mapping[str, Any]) -> None:
        deadline = time.monotonic() + FUNCTION_TIMEOUT
        while state.get("State", "Active") == "Pending" and time.monotonic() < deadline:
            time.sleep(0.1)
            state = self.call("lambda.get_function_configuration", FunctionName=function)
        if state.get("State", "Active") != "Active":
            reason = str(state.get("StateReason"))[:120]
            raise ControlError({"operation": "lambda", "status": None, "code": state.get("State"), "message": reason})

    def written(self, content: Mapping[str, Any]) -> bytes:
        if "raw" in content:
            return _repeated(str(content["raw"])).encode()
        titled = {**content, "info": {**content.get("info", {}), "title": f"conformance {self.token}"}}
        return json.dumps(self.fill(titled)).encode()

    def make_api(self) -> None:
        body = self.written(self.case.document)
        builder = Builder(self.control.call, json.loads(body)) if self.bench.build == "calls" else None
        made = builder.create() if builder else self.call("import_rest_api", body=body)
        self.adopt(made["id"])
        if builder:
            builder.fill()

    def adopt(self, api: str) -> None:
        self.names["apiId"] = api
        self.later("delete_rest_api", restApiId=api)

    def make_stage(self) -> None:
        stage, api = self.case.stage, self.names["apiId"]
        options: dict[str, Any] = {"variables": self.fill(stage["variables"])} if stage.get("variables") else {}
        if stage.get("cache"):
            options |= {"cacheClusterEnabled": True, "cacheClusterSize": "0.5"}
        self.names["d1"] = self.call("create_deployment", restApiId=api, stageName=STAGE, **options)["id"]
        patch = [
            {"op": "replace", "path": f"/{place}/{METHOD_SETTINGS[name]}", "value": _text(value)}
            for place, settings in (stage.get("methods") or {}).items()
            for name, value in settings.items()
        ]
        if patch:
            self.call("update_stage", restApiId=api, stageName=STAGE, patchOperations=patch)

    def make_plans(self) -> None:
        """`plans: [{keys: {name: enabled}, quota: …, throttle: …, methods: {"/k/GET": …}}]`."""
        api = self.names["apiId"]
        for number, plan in enumerate(self.case.plans):
            target = {"apiId": api, "stage": STAGE}
            if "methods" in plan:
                target["throttle"] = plan["methods"]
            options = {name: plan[name] for name in ("quota", "throttle") if name in plan}
            stages = [] if plan.get("detached") else [target]
            made = self.call("create_usage_plan", name=f"conf-{self.token}-{number}", apiStages=stages, **options)
            self.names[f"plan{number or ''}"] = made["id"]
            for name, enabled in plan["keys"].items():
                self.call(
                    "create_usage_plan_key",
                    usagePlanId=made["id"],
                    keyId=self.make_key(name, enabled),
                    keyType="API_KEY",
                )
            self.later("delete_usage_plan", usagePlanId=made["id"])
            unlink = [{"op": "remove", "path": "/apiStages", "value": f"{api}:{STAGE}"}]
            self.later("update_usage_plan", usagePlanId=made["id"], patchOperations=unlink)

    def make_key(self, name: str, enabled: bool) -> str:
        value = self.key_value(name)
        if f"id:{name}" not in self.names:
            made = self.call("create_api_key", name=value[:24], value=value, enabled=enabled)
            self.later("delete_api_key", apiKey=made["id"])
            self.names[f"id:{name}"] = made["id"]
        return str(self.names[f"id:{name}"])

    # ---- steps

    def take(self, step: Mapping[str, Any]) -> list[str]:
        """One step: an HTTP request, an AWS call, a changed document, or a pause."""
        if "redefine" in step:
            return self.redefine(step["redefine"])
        if "pause" in step:
            time.sleep(step["pause"])
            return []
        if "call" in step:
            return self.call_step(step)
        return self.http_step(step)

    def redefine(self, change: Mapping[str, Any]) -> list[str]:
        content = document(change)
        body = self.written(content)
        if self.bench.build == "calls":
            builder = Builder(self.control.call, json.loads(body), self.names["apiId"])
            builder.each(builder.responses)
        else:
            self.call("put_rest_api", restApiId=self.names["apiId"], mode="overwrite", body=body)
        return []

    def call_step(self, step: Mapping[str, Any]) -> list[str]:
        operation = step["call"]
        given = dict(step.get("with") or {})
        if "<resource " in json.dumps(given):
            items = self.call("get_resources", restApiId=self.names["apiId"], limit=500)["items"]
            self.names.update({f"resource {item['path']}": item["id"] for item in items})
        body = given.pop("body", None)
        arguments = self.fill(given)
        if body == "<document>":
            arguments["body"] = self.written(self.case.document)
        elif isinstance(body, Mapping):
            arguments["body"] = self.written(document(body) if "api" in body else body)
        elif body is not None:
            arguments["body"] = self.fill(body)
        for parameter, name in (("restApiId", "apiId"), ("stageName", "stage")):
            default = parameter == "restApiId" or operation in ("update_stage", "get_stage")
            if default and name in self.names and self.control.takes(operation, parameter):
                arguments.setdefault(parameter, self.names[name])
        if operation == "create_deployment" and step.get("stage", True):
            arguments.setdefault("stageName", STAGE)
        seen = Observation(names=self.names)
        try:
            seen.result = self.control.call(operation, arguments)
        except ControlError as error:
            seen.error = error.details
        else:
            self.remember(step, arguments, seen.result)
        seen.names = self.names
        return check(self.fill(step.get("expect") or {}), seen)

    def remember(self, step: Mapping[str, Any], arguments: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        operation = step["call"]
        if "as" in step:
            self.names[step["as"]] = result
        undo = removal(operation, arguments, result)
        if undo is not None:
            self.cleanup.append(undo)
        if operation in ("create_rest_api", "import_rest_api"):
            self.names["apiId"] = result["id"]

    def http_step(self, step: Mapping[str, Any]) -> list[str]:
        expected = self.fill(step.get("expect") or {})
        share = expected.pop("share", None)
        times = step.get("repeat", 1)
        problems: list[str] = []
        seen, canaries = Observation(), 0
        for seen in self.exchange(step, times):
            problems = check(expected, seen)
            if problems:
                return problems
            body = parsed(seen.body) if share else None
            canaries += isinstance(body, dict) and body.get("message") == "canary"
        seen.shares = {"canary": canaries / times}
        return check({"share": share}, seen) if share else problems

    def exchange(self, step: Mapping[str, Any], times: int) -> Iterator[Observation]:
        """Send a request `times` times on one connection."""
        verb = next(verb for verb in (*VERBS, "TRACE") if verb in step)
        request = self.fill({name: value for name, value in step.items() if name != "expect"})
        connection = http.client.HTTPConnection(self.bench.host, self.bench.port, timeout=HTTP_TIMEOUT)
        try:
            for _ in range(times):
                yield self.send(connection, verb, request)
        finally:
            connection.close()

    def send(self, connection: http.client.HTTPConnection, verb: str, request: Mapping[str, Any]) -> Observation:
        base = "" if "host" in request else f"/_aws/execute-api/{self.names.get('apiId')}/{request.get('stage', STAGE)}"
        target, body, headers = base + _repeated(request[verb]), _payload(request), _headers(request, self.bench.netloc)
        if how := request.get("sign"):
            target, headers = self.sign(verb, target, body, headers=headers, how=how)
        connection.putrequest(verb, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        folded = {name.lower() for name, _ in headers}
        if "content-length" not in folded and (body or verb in ("POST", "PUT", "PATCH")):
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        response = connection.getresponse()
        content = response.read()
        calls, requests = self.bench.backend.heard(self.token)
        return Observation(
            names=self.names,
            status=response.status,
            headers=response.getheaders(),
            body=content,
            calls=calls,
            backend=requests,
        )

    def sign(
        self, verb: str, target: str, body: bytes, *, headers: list[tuple[str, str]], how: Mapping[str, Any]
    ) -> tuple[str, list[tuple[str, str]]]:
        """Signed for the execute-api host, whose path starts with the stage."""
        host = f"{self.names['apiId']}.execute-api.localhost"
        path = target.removeprefix(f"/_aws/execute-api/{self.names['apiId']}")
        plain = {name: value for name, value in headers if name.lower() not in ("host", "user-agent")}
        request = signed(verb, f"http://{host}{path}", body=body, headers=plain, how=how)
        return request.url.removeprefix(f"http://{host}"), [("Host", host), *request.headers.items()]


def _headers(request: Mapping[str, Any], netloc: str) -> list[tuple[str, str]]:
    """A list of values is sent as that many lines, null not at all."""
    given = request.get("headers") or {}
    pairs = [(name, one) for name, value in given.items() for one in (value if isinstance(value, list) else [value])]
    folded = {name.lower() for name, _ in pairs}
    agent = [] if "user-agent" in folded else [("User-Agent", "conformance/1")]
    return [
        ("Host", request.get("host", netloc)),
        *agent,
        *((name, value) for name, value in pairs if value is not None),
    ]


def _repeated(text: str) -> str:
    """`$a*1700` is 1700 times a."""
    return re.sub(r"\$(\w)\*(\d+)", lambda match: match[1] * int(match[2]), text)


def _payload(request: Mapping[str, Any]) -> bytes:
    if "base64" in request:
        return base64.b64decode(request["base64"])
    if "bytes" in request:
        return b"a" * int(request["bytes"])
    if "gzip" in request:
        return gzip.compress(request["gzip"].encode())
    body = request.get("body")
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
