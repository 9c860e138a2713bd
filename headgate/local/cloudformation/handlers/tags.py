"""Tags of resources, the template's and the stack's: put on what was made, and brought up to date when they change.

Every service spells tagging in its own way; the table at the end has the types whose own handlers leave it to this module.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from .contract import Handler, HandlerError, Made, Request
from .shapes import tag_map

Tags = Mapping[str, str]
# (request, what was made, tags to put, keys to take away)
Tagger = Callable[[Request, Made, Tags, Iterable[str]], None]


def tagged(handler: Handler, tagger: Tagger) -> Handler:
    """The handler with tags put on after each of its verbs."""

    def create(request: Request) -> Made:
        made = handler.create(request)
        try:
            _bring(request, made, {}, tagger)
        except Exception as error:
            raise HandlerError(f"{request.type} could not be tagged: {error}", made.physical_id) from error
        return made

    def update(request: Request) -> Made:
        made = handler.update(request) if handler.update else Made(request.physical_id, request.old_attributes)
        _bring(request, made, tag_map(request.old_properties.get("Tags")), tagger)
        return made

    return replace(handler, create=create, update=update)


def _bring(request: Request, made: Made, old: Tags, tagger: Tagger) -> None:
    new = tag_map(request.properties.get("Tags"))
    if new != old:
        tagger(request, made, new, sorted(set(old) - set(new)))


def _pairs(tags: Tags, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    return [{key: name, value: text} for name, text in tags.items()]


def by_arn(service: str, attribute: str | None = None, parameter: str = "ResourceArn") -> Tagger:
    """TagResource with a list of tags; the ARN is an attribute or, without one, the physical id."""

    def tag(request: Request, made: Made, new: Tags, gone: Iterable[str]) -> None:
        client = request.clients(service)
        place = {parameter: made.attributes[attribute] if attribute else made.physical_id}
        if gone:
            client.untag_resource(**place, TagKeys=list(gone))
        if new:
            client.tag_resource(**place, Tags=_pairs(new))

    return tag


def _machine(request: Request, made: Made, new: Tags, gone: Iterable[str]) -> None:
    client = request.clients("stepfunctions")
    if gone:
        client.untag_resource(resourceArn=made.physical_id, tagKeys=list(gone))
    if new:
        client.tag_resource(resourceArn=made.physical_id, tags=_pairs(new, "key", "value"))


def _queue(request: Request, made: Made, new: Tags, gone: Iterable[str]) -> None:
    client = request.clients("sqs")
    if gone:
        client.untag_queue(QueueUrl=made.physical_id, TagKeys=list(gone))
    if new:
        client.tag_queue(QueueUrl=made.physical_id, Tags=dict(new))


def _role(request: Request, made: Made, new: Tags, gone: Iterable[str]) -> None:
    client = request.clients("iam")
    if gone:
        client.untag_role(RoleName=made.physical_id, TagKeys=list(gone))
    if new:
        client.tag_role(RoleName=made.physical_id, Tags=_pairs(new))


def _parameter(request: Request, made: Made, new: Tags, gone: Iterable[str]) -> None:
    client, place = request.clients("ssm"), {"ResourceType": "Parameter", "ResourceId": made.physical_id}
    if gone:
        client.remove_tags_from_resource(**place, TagKeys=list(gone))
    if new:
        client.add_tags_to_resource(**place, Tags=_pairs(new))


def _key(request: Request, made: Made, new: Tags, gone: Iterable[str]) -> None:
    client = request.clients("kms")
    if gone:
        client.untag_resource(KeyId=made.physical_id, TagKeys=list(gone))
    if new:
        client.tag_resource(KeyId=made.physical_id, Tags=_pairs(new, "TagKey", "TagValue"))


def _group(request: Request, made: Made, new: Tags, gone: Iterable[str]) -> None:
    client, arn = request.clients("logs"), made.attributes["Arn"].removesuffix(":*")
    if gone:
        client.untag_resource(resourceArn=arn, tagKeys=list(gone))
    if new:
        client.tag_resource(resourceArn=arn, tags=dict(new))


def _bucket(request: Request, made: Made, new: Tags, _gone: Iterable[str]) -> None:
    client = request.clients("s3")
    if new:
        client.put_bucket_tagging(Bucket=made.physical_id, Tagging={"TagSet": _pairs(new)})
    else:
        client.delete_bucket_tagging(Bucket=made.physical_id)


def _secret(request: Request, made: Made, new: Tags, gone: Iterable[str]) -> None:
    client = request.clients("secretsmanager")
    if gone:
        client.untag_resource(SecretId=made.physical_id, TagKeys=list(gone))
    if new:
        client.tag_resource(SecretId=made.physical_id, Tags=_pairs(new))


TAGGERS: Mapping[str, Tagger] = {
    "AWS::CloudWatch::Alarm": by_arn("cloudwatch", "Arn", "ResourceARN"),
    "AWS::DynamoDB::Table": by_arn("dynamodb", "Arn"),
    "AWS::Events::EventBus": by_arn("events", "Arn", "ResourceARN"),
    "AWS::Events::Rule": by_arn("events", "Arn", "ResourceARN"),
    "AWS::IAM::Role": _role,
    "AWS::KMS::Key": _key,
    "AWS::Logs::LogGroup": _group,
    "AWS::S3::Bucket": _bucket,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::SNS::Topic": by_arn("sns"),
    "AWS::SQS::Queue": _queue,
    "AWS::SSM::Parameter": _parameter,
    "AWS::StepFunctions::StateMachine": _machine,
}
