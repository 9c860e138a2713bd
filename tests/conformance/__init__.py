"""Cases that ask any endpoint whether it answers as API Gateway does: boto3 and HTTP only, nothing of headgate.

python -m tests.conformance --endpoint http://localhost:4566
"""
