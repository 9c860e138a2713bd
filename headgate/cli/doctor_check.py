"""A check of `headgate doctor`: what was looked at, what was found, what was wanted, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

State = Literal["ok", "warn", "fail", "skipped"]

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"}


@dataclass(frozen=True)
class Check:
    """The outcome of one check; `fix` is a command or an instruction, empty when nothing is to be done."""

    name: str
    state: State
    found: str
    wanted: str = ""
    fix: str = ""

    def to_json(self) -> dict[str, str]:
        return {"name": self.name, "state": self.state, "found": self.found, "wanted": self.wanted, "fix": self.fix}


class NotToBeHad(Exception):  # noqa: N818 - an outcome of asking AWS
    """AWS gave no answer that a check could judge. `code` is AWS's; "" when nothing answered."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def is_denied(self) -> bool:
        return self.code in DENIED


def asked(call: Callable[[], Any]) -> Any:
    """What a call to AWS answers.

    Raises:
        NotToBeHad: with the code of the error.
    """
    try:
        return call()
    except ClientError as error:
        details = error.response.get("Error", {})
        raise NotToBeHad(str(details.get("Code", "")), str(details.get("Message", error))) from error
    except NoCredentialsError as error:
        raise NotToBeHad("NoCredentials", "no credentials were found") from error
    except BotoCoreError as error:
        raise NotToBeHad("", str(error)) from error


def not_checked(name: str, problem: NotToBeHad, permission: str) -> Check:
    """A check that could not be made."""
    fix = f"allow {permission} to see it" if problem.is_denied else "try again once AWS answers"
    return Check(name, "skipped", f"not checked: {problem}", fix=fix)
