"""One handler per resource type; `registry.REGISTRY` lists them. A handler works only through boto3 clients it is given."""
