"""IAM's access keys and Cognito's user pools, read from moto for the data plane."""

import json
from typing import Any

from .dataplane.identities import Caller, Pool


class MotoIdentities:
    """`Identities` of one account. moto's modules are imported with the first look-up: most APIs never need one."""

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id

    def caller(self, access_key: str) -> Caller | None:
        """The user or the assumed role with this active key."""
        from moto.iam.models import iam_backends  # noqa: PLC0415

        backend = iam_backends[self._account_id]["aws"]
        user = backend.get_user_from_access_key_id(access_key)
        if user is None:
            return self._assumed(backend, access_key)
        keys = [key for key in backend.list_access_keys(user.name) if key.access_key_id == access_key]
        if not keys or keys[0].status != "Active":
            return None
        owners = [user, *backend.get_groups_for_user(user.name)]
        policies = tuple(document for owner in owners for document in _documents(owner))
        secret = keys[0].secret_access_key
        return Caller(access_key, secret, self._account_id, user.arn, user.id, policies=policies)

    def _assumed(self, backend: Any, access_key: str) -> Caller | None:
        from moto.sts.models import sts_backends  # noqa: PLC0415

        role = sts_backends[self._account_id]["aws"].get_assumed_role_from_access_key(access_key)
        if role is None:
            return None
        owner = next((one for one in backend.roles.values() if one.arn == role.role_arn), None)
        policies = tuple(_documents(owner)) if owner is not None else ()
        return Caller(
            access_key, role.secret_access_key, self._account_id, role.arn, role.user_id, role.session_token, policies
        )

    def pool(self, arn: str) -> Pool | None:
        """The pool of `arn:aws:cognito-idp:{region}:{account}:userpool/{id}`."""
        from moto.cognitoidp.models import cognitoidp_backends  # noqa: PLC0415

        parts = arn.split(":")
        name = arn.rpartition("/")[2]
        if len(parts) < 6 or parts[4] != self._account_id:
            return None
        region = parts[3]
        pool = cognitoidp_backends[self._account_id][region].user_pools.get(name)
        if pool is None:
            return None
        issuer = f"https://cognito-idp.{region}.amazonaws.com/{name}"
        return Pool(issuer, pool.json_web_key.as_pem(private=False))


def _documents(owner: Any) -> list[dict[str, Any]]:
    """Inline and managed policies of a user, group or role."""
    texts = [*owner.policies.values(), *(policy.document for policy in owner.managed_policies.values())]
    return [json.loads(text) if isinstance(text, str) else text for text in texts]
