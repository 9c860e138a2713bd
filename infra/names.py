"""Names: logical ids, function names and log groups, all from the environment and the API, none from an account."""

import hashlib
import re

# Lambda's limit on function names; CloudFormation's own suffixes are not used.
FUNCTION_NAME_LIMIT = 64


def logical(*parts: str) -> str:
    """A CloudFormation logical id: `logical("Version", "user-api")` is `VersionUserApi`."""
    words = [word for part in parts for word in re.split(r"[^A-Za-z0-9]+", part) if word]
    return "".join(word[0].upper() + word[1:] for word in words)


def function_name(stack: str, *parts: str) -> str:
    """`headgate-prod-portal-authorizer`; a name over Lambda's limit keeps its start and ends in a digest."""
    name = "-".join((stack, *parts))
    if len(name) <= FUNCTION_NAME_LIMIT:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: FUNCTION_NAME_LIMIT - 9]}-{digest}"
