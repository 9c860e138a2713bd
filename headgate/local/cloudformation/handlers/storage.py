"""AWS::S3::{Bucket,BucketPolicy}, AWS::SSM::Parameter and AWS::ECR::Repository: what `cdk bootstrap` makes."""

from collections.abc import Callable, Mapping
from typing import Any

from .contract import Handler, HandlerError, Made, Request
from .shapes import conform, is_true, tag_map

HOME_REGION = "us-east-1"


def create_bucket(request: Request) -> Made:
    """CreateBucket with what its configuration can be asked for again."""
    name = request.name(request.properties.get("BucketName"), limit=63, lower=True)
    region = request.stack.region
    # S3 refuses its home region as a location constraint.
    place = {} if region == HOME_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    request.clients("s3").create_bucket(Bucket=name, **place)
    try:
        _configure(request, name)
    except Exception as error:
        raise HandlerError(f"AWS::S3::Bucket could not be configured: {error}", name) from error
    return _bucket(request, name)


def update_bucket(request: Request) -> Made:
    """The configuration changes in place."""
    _configure(request, request.physical_id)
    return _bucket(request, request.physical_id)


def _configure(request: Request, name: str) -> None:
    _version(request, name)
    client, old, new = request.clients("s3"), request.old_properties, request.properties
    for configuration, (put, parameter, shape, delete) in CONFIGURATIONS.items():
        if old.get(configuration) == new.get(configuration):
            continue
        if new.get(configuration):
            getattr(client, put)(Bucket=name, **{parameter: shape(new[configuration])})
        else:
            getattr(client, delete)(Bucket=name)


def _encryption(value: Any) -> dict[str, Any]:
    rules = value["ServerSideEncryptionConfiguration"]
    shown = [{**rule, "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]} for rule in rules]
    return {"Rules": [{key: item for key, item in rule.items() if key in ENCRYPTION_RULE} for rule in shown]}


ENCRYPTION_RULE = frozenset({"ApplyServerSideEncryptionByDefault", "BucketKeyEnabled"})


def _cors(value: Any) -> dict[str, Any]:
    names = {"MaxAge": "MaxAgeSeconds", "ExposedHeaders": "ExposeHeaders", "Id": "ID"}
    return {"CORSRules": [{names.get(key, key): item for key, item in rule.items()} for rule in value["CorsRules"]]}


def _public_access(value: Any) -> dict[str, Any]:
    return {key: is_true(item) for key, item in value.items()}


# property -> (put operation, its parameter, the parameter's shape, delete operation)
CONFIGURATIONS: Mapping[str, tuple[str, str, Callable[[Any], dict[str, Any]], str]] = {
    "BucketEncryption": (
        "put_bucket_encryption",
        "ServerSideEncryptionConfiguration",
        _encryption,
        "delete_bucket_encryption",
    ),
    "CorsConfiguration": ("put_bucket_cors", "CORSConfiguration", _cors, "delete_bucket_cors"),
    "PublicAccessBlockConfiguration": (
        "put_public_access_block",
        "PublicAccessBlockConfiguration",
        _public_access,
        "delete_public_access_block",
    ),
}


def delete_bucket(request: Request) -> None:
    """DeleteBucket, which S3 refuses while the bucket holds anything; one that is gone is fine."""
    client = request.clients("s3")
    try:
        client.delete_bucket(Bucket=request.physical_id)
    except client.exceptions.NoSuchBucket:
        return


def _version(request: Request, name: str) -> None:
    before = (request.old_properties.get("VersioningConfiguration") or {}).get("Status")
    status = (request.properties.get("VersioningConfiguration") or {}).get("Status")
    if status != before:
        configuration = {"Status": status or "Suspended"}
        request.clients("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration=configuration)


def _bucket(request: Request, name: str) -> Made:
    region = request.stack.region
    attributes = {
        "Arn": f"arn:{request.stack.partition}:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "DualStackDomainName": f"{name}.s3.dualstack.{region}.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
        "WebsiteURL": f"http://{name}.s3-website-{region}.amazonaws.com",
    }
    return Made(name, attributes)


def record_bucket_policy(request: Request) -> Made:
    """Kept with the stack, never put on the bucket: moto enforces bucket policies but ignores their conditions, so that
    bootstrap's "deny without TLS" would refuse every upload."""
    return Made(str(request.properties["Bucket"]))


def create_parameter(request: Request) -> Made:
    """PutParameter."""
    properties = request.properties
    name = request.name(properties.get("Name"))
    tags = [{"Key": key, "Value": value} for key, value in tag_map(properties.get("Tags")).items()]
    _put_parameter(request, name, {"Tags": tags} if tags else {})
    return Made(name, {"Type": properties["Type"], "Value": properties["Value"]})


def update_parameter(request: Request) -> Made:
    """PutParameter over the old value."""
    _put_parameter(request, request.physical_id, {"Overwrite": True})
    return Made(request.physical_id, {"Type": request.properties["Type"], "Value": request.properties["Value"]})


def delete_parameter(request: Request) -> None:
    """DeleteParameter; one that is gone is fine."""
    client = request.clients("ssm")
    try:
        client.delete_parameter(Name=request.physical_id)
    except client.exceptions.ParameterNotFound:
        return


def _put_parameter(request: Request, name: str, more: dict[str, Any]) -> None:
    kept = {key: value for key, value in request.properties.items() if key not in {"Tags", "Name"}}
    request.clients("ssm").put_parameter(**{**conform("ssm", "PutParameter", {**kept, "Name": name}), **more})


def record_repository(request: Request) -> Made:
    """A repository on record only: nothing local serves container images."""
    name = request.physical_id or request.name(request.properties.get("RepositoryName"), limit=256, lower=True)
    uri = f"{request.stack.account}.dkr.ecr.{request.stack.region}.amazonaws.com/{name}"
    return Made(name, {"Arn": request.stack.arn("ecr", f"repository/{name}"), "RepositoryUri": uri})


def forget(request: Request) -> None:
    """Nothing exists outside the stack."""


BUCKET = Handler(create=create_bucket, update=update_bucket, delete=delete_bucket)
BUCKET_POLICY = Handler(create=record_bucket_policy, update=record_bucket_policy, delete=forget)
PARAMETER = Handler(create=create_parameter, update=update_parameter, delete=delete_parameter)
REPOSITORY = Handler(create=record_repository, update=record_repository, delete=forget)
