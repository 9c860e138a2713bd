"""API Gateway's control plane for the local cloud: a backend of our own at moto's extension point.

    install()                                   # once, before the first request
    directory("123456789012", "us-east-1").stage("abc123", "prod")

Everything else goes through boto3. What is deployed is read through `Directory` (headgate.local.records), without a lock.
"""

from . import moto_import  # noqa: F401 before anything of moto's
from .install import directory, install, run_trials_with, usage
from .state import Settings, World

__all__ = ["Settings", "World", "directory", "install", "run_trials_with", "usage"]
