"""Templates and includes that a request points at: objects of the local S3."""

from urllib.parse import unquote, urlparse

from ..handlers.contract import Clients
from ..template import TemplateError, load
from ..transforms import TransformError
from ..validation import EngineError


def read_template_url(url: str, clients: Clients) -> str:
    """The text behind a TemplateURL, whichever way the URL spells its bucket. Recorded: the refusals."""
    parsed = urlparse(url)
    if parsed.scheme == "s3":
        raise EngineError(f"S3 error: Domain name specified in {parsed.netloc} is not a valid S3 domain")
    if parsed.scheme not in {"http", "https"}:
        raise EngineError("TemplateURL must be a supported URL.")
    path = unquote(parsed.path).lstrip("/")
    first, dot, rest = (parsed.hostname or "").partition(".")
    if dot and rest.startswith("s3"):
        bucket, key = first, path
    else:
        bucket, _, key = path.partition("/")
    if not bucket or not key:
        raise EngineError("TemplateURL must be a supported URL.")
    return _object(bucket, key, clients)


def read_include(location: str, clients: Clients) -> object:
    """The data behind an AWS::Include's `s3://bucket/key`."""
    parsed = urlparse(location)
    if parsed.scheme != "s3" or not parsed.netloc or not parsed.path.strip("/"):
        raise TransformError(f"The location parameter is not a valid S3 uri: {location}")
    try:
        return load(_object(parsed.netloc, unquote(parsed.path).lstrip("/"), clients))
    except (EngineError, TemplateError) as error:
        raise TransformError(f"Transform AWS::Include failed with: {error}") from error


def _object(bucket: str, key: str, clients: Clients) -> str:
    client = clients("s3")
    try:
        content: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except client.exceptions.ClientError as error:
        message = error.response.get("Error", {}).get("Message", str(error))
        raise EngineError(
            f"S3 error: {message}\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
        ) from error
    return content.decode("utf-8")
