"""What API Gateway is told: the wire document with its models, integrations, caches and error responses."""
