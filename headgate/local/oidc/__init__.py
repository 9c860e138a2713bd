"""A tiny OpenID provider, so that real tokens exist on a laptop; the local cloud mounts it at `/_headgate/oidc`."""

from .page import page
from .provider import Provider, Reply

__all__ = ["Provider", "Reply", "page"]
