"""Lambda's API over HTTP: policies, concurrency, asynchronous settings, function URLs and the account, beside the functions."""

import json
from typing import Any
from urllib.parse import unquote

from moto.awslambda.responses import LambdaResponse

from .checks import ACCOUNT_CONCURRENCY, RefusedError, constraint
from .names import is_version, parted
from .paging import page
from .policies import Key

# "Lambda quotas" of the documentation.
CODE_BYTES, UNZIPPED_BYTES, ZIPPED_BYTES = 80_530_636_800, 262_144_000, 52_428_800


class BesideResponse(LambdaResponse):
    """What is kept beside functions, by function and qualifier."""

    @property
    def lambdas(self) -> Any:
        """The registry: LocalLambda, which imports this module."""
        return self.backend

    def named(self) -> Key:
        """The request's function name and qualifier."""
        return parted(unquote(self.uri_match["FunctionName"]), self.querystring.get("Qualifier", [None])[0])

    def _arn(self, key: Key) -> str:
        """The ARN of what is named, which must be there."""
        name, qualifier = key
        self.lambdas.get_function(name, qualifier or None)
        bare = str(self.lambdas.get_function(name).function_arn)
        return f"{bare}:{qualifier}" if qualifier else bare

    # ---- policies

    def _owner(self, key: Key) -> Any:
        """Whose revision a policy shares: an alias's, or the version's."""
        name, qualifier = key
        return self.lambdas.alias(name, qualifier) or self.lambdas.get_function(name, qualifier or None)

    def add_permission(self) -> Any:
        """AddPermission."""
        key = self.named()
        arn, owner = self._arn(key), self._owner(key)
        added = self.lambdas.policies.add(key, self.json_body, arn=arn, revision=owner.revision_id)
        owner.revision_id = self.lambdas.new_revision()
        return 201, {"status": 201}, json.dumps({"Statement": json.dumps(added, separators=(",", ":"))})

    def remove_permission(self) -> Any:
        """RemovePermission."""
        key = self.named()
        name, _ = key
        if not self.lambdas.has(name):
            raise RefusedError("ResourceNotFoundException", f"No policy found for: {self.lambdas.arn_of(name)}", 404)
        owner = self._owner(key)
        given = self.querystring.get("RevisionId", [None])[0]
        self.lambdas.policies.remove(
            key, unquote(self.uri_match["StatementId"]), given_revision=given, revision=owner.revision_id
        )
        owner.revision_id = self.lambdas.new_revision()
        return 204, {"status": 204}, ""

    def get_policy(self) -> str:
        """GetPolicy."""
        key = self.named()
        self._arn(key)
        return json.dumps({"Policy": self.lambdas.policies.text(key), "RevisionId": self._owner(key).revision_id})

    # ---- asynchronous invocations

    def _event_key(self) -> tuple[Key, str]:
        name, qualifier = self.named()
        if not self.lambdas.has(name):
            raise RefusedError("ResourceNotFoundException", "The function doesn't exist.", 404)
        key = (name, qualifier or "$LATEST")
        return key, self._arn(key)

    def put_function_event_invoke_config(self) -> Any:
        """PutFunctionEventInvokeConfig, which overwrites."""
        key, arn = self._event_key()
        return json.dumps(self.lambdas.event_configs.put(key, self.json_body, arn))

    def update_function_event_invoke_config(self) -> str:
        """UpdateFunctionEventInvokeConfig, which keeps what it is not told of."""
        key, arn = self._event_key()
        return json.dumps(self.lambdas.event_configs.put(key, self.json_body, arn, merge=True))

    def get_function_event_invoke_config(self) -> Any:
        """GetFunctionEventInvokeConfig."""
        return json.dumps(self.lambdas.event_configs.get(*self._event_key()))

    def delete_function_event_invoke_config(self) -> Any:
        """DeleteFunctionEventInvokeConfig."""
        key, arn = self._event_key()
        self.lambdas.event_configs.get(key, arn)
        self.lambdas.event_configs.forget(*key)
        return 204, {"status": 204}, ""

    def list_function_event_invoke_configs(self) -> str:
        """ListFunctionEventInvokeConfigs."""
        name, _ = self.named()
        self.lambdas.get_function(name)
        return json.dumps(page("FunctionEventInvokeConfigs", self.lambdas.event_configs.of(name), self.querystring))

    # ---- concurrency

    def get_function_concurrency(self) -> Any:
        """GetFunctionConcurrency: nothing where nothing is reserved."""
        reserved = self.lambdas.get_function_concurrency(self.named()[0])
        return json.dumps({} if reserved is None else {"ReservedConcurrentExecutions": int(reserved)})

    def put_provisioned_concurrency_config(self) -> Any:
        """PutProvisionedConcurrencyConfig."""
        name, qualifier = self.named()
        wanted = int(self.json_body["ProvisionedConcurrentExecutions"])
        if wanted < 1:
            told = constraint(
                wanted, "provisionedConcurrentExecutions", "Member must have value greater than or equal to 1"
            )
            raise RefusedError("ValidationException", told)
        if qualifier == "$LATEST":
            message = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
            raise RefusedError("InvalidParameterValueException", message)
        self._provisioned_arn(name, qualifier)
        reserved = self.lambdas.get_function(name).reserved_concurrency
        answer = self.lambdas.provisioned.put(
            (name, qualifier),
            wanted,
            reserved=None if reserved is None else int(reserved),
            aliases=self.lambdas.aliases(name),
        )
        return 202, {"status": 202}, json.dumps(answer)

    def get_provisioned_concurrency_config(self) -> str:
        """GetProvisionedConcurrencyConfig."""
        key = self._provisioned_key()
        return json.dumps(self.lambdas.provisioned.get(key))

    def delete_provisioned_concurrency_config(self) -> Any:
        """DeleteProvisionedConcurrencyConfig, harmless where there is none."""
        self.lambdas.provisioned.forget(*self._provisioned_key())
        return 204, {"status": 204}, ""

    def list_provisioned_concurrency_configs(self) -> str:
        """ListProvisionedConcurrencyConfigs."""
        name, _ = self.named()
        self.lambdas.get_function(name)
        kept = self.lambdas.provisioned
        told = [{"FunctionArn": self._arn((name, one)), **kept.get((name, one))} for one in kept.of(name)]
        return json.dumps(page("ProvisionedConcurrencyConfigs", told, self.querystring))

    def _provisioned_key(self) -> Key:
        name, qualifier = self.named()
        if qualifier == "$LATEST":
            message = "The function resource provided must be an alias or a published version."
            raise RefusedError("InvalidParameterValueException", message)
        self._provisioned_arn(name, qualifier)
        return name, qualifier

    def _provisioned_arn(self, name: str, qualifier: str) -> str:
        if self.lambdas.has(name) and not is_version(qualifier) and self.lambdas.alias(name, qualifier) is None:
            raise RefusedError(
                "ResourceNotFoundException", f"Cannot find alias arn: {self.lambdas.arn_of(name)}:{qualifier}", 404
            )
        return self._arn((name, qualifier))

    # ---- function URLs: kept and shown; nothing answers there

    def create_function_url_config(self) -> Any:
        """CreateFunctionUrlConfig."""
        function = self.lambdas.get_function(self.named()[0])
        if getattr(function, "url_config", None):
            raise RefusedError(
                "ResourceConflictException",
                f"Failed to create function url config for [functionArn = {function.function_arn}]. "
                "Error message:  FunctionUrlConfig exists for this Lambda function",
                409,
            )
        made = self.lambdas.create_function_url_config(self.named()[0], self.json_body)
        told = _url_config(made)
        del told["LastModifiedTime"]
        return 201, {"status": 201}, json.dumps(told)

    def get_function_url_config(self) -> Any:
        """GetFunctionUrlConfig."""
        return json.dumps(_url_config(self.lambdas.get_function_url_config(self.named()[0])))

    def update_function_url_config(self) -> str:
        """UpdateFunctionUrlConfig."""
        return json.dumps(_url_config(self.lambdas.update_function_url_config(self.named()[0], self.json_body)))

    def list_function_url_configs(self) -> str:
        """ListFunctionUrlConfigs."""
        kept = getattr(self.lambdas.get_function(self.named()[0]), "url_config", None)
        return json.dumps(page("FunctionUrlConfigs", [_url_config(kept)] if kept else [], self.querystring))

    # ---- the account

    def get_account_settings(self) -> str:
        """GetAccountSettings."""
        functions = list(self.lambdas.list_functions())
        reserved = sum(int(function.reserved_concurrency or 0) for function in functions)
        limits = {
            "TotalCodeSize": CODE_BYTES,
            "CodeSizeUnzipped": UNZIPPED_BYTES,
            "CodeSizeZipped": ZIPPED_BYTES,
            "ConcurrentExecutions": ACCOUNT_CONCURRENCY,
            "UnreservedConcurrentExecutions": ACCOUNT_CONCURRENCY - reserved,
        }
        used = sum(int(function.code_size) for function in self.lambdas.list_functions("ALL"))
        return json.dumps(
            {"AccountLimit": limits, "AccountUsage": {"TotalCodeSize": used, "FunctionCount": len(functions)}}
        )


def _url_config(kept: Any) -> dict[str, Any]:
    told: dict[str, Any] = {name: value for name, value in kept.to_dict().items() if value is not None}
    changed = told["LastModifiedTime"]
    return {
        **told,
        "FunctionUrl": told["FunctionUrl"].rstrip("/") + "/",
        "LastModifiedTime": changed if "+" in changed else f"{changed}.000+0000",
        "InvokeMode": told["InvokeMode"].upper(),
    }
