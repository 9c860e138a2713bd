"""The CDK app: a compiled gateway becomes CloudFormation, one stack per environment. The only room that imports aws_cdk."""

import os

from .node import prepare_node

# jsii starts Node when aws_cdk is first imported, and this package is always imported before it.
prepare_node(os.environ)
