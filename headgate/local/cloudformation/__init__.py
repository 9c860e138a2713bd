"""The local cloud's CloudFormation: an engine of our own and the API that the CDK CLI speaks to.

The pure core (`template`, `intrinsics`, `graph`, `parameters`, `changes`) decides; `runner` and `handlers` do, only through
boto3 clients handed to them; `engine` keeps the stacks; `api` answers AWS's wire protocol at moto's extension point, without
ever importing moto's own CloudFormation, which would load EC2 (0.6 s and 75 MB). `assembly` applies a `cdk.out` folder.
"""

from .assembly import AssemblyError, apply_assembly
from .engine import Engine
from .inbox import ResponseInbox
from .install import Engines, install
from .settings import StackResult

__all__ = ["AssemblyError", "Engine", "Engines", "ResponseInbox", "StackResult", "apply_assembly", "install"]
