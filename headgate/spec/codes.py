"""What each diagnostic of this room means, for `headgate explain`. HG170 to HG199 are in `headgate.spec.arazzo.codes`."""

from .arazzo.codes import CODES as COMPOSITION_CODES

CODES = {
    "HG101": "A file cannot be read: it is missing, not UTF-8, or its YAML or JSON is broken.",
    "HG102": "An object has a key twice. Parsers keep one of the two, and not all the same one.",
    "HG103": "YAML that JSON cannot express: a tag, infinity, a list as a key, an alias inside itself.",
    "HG104": "A $ref that leads nowhere.",
    "HG105": "A $ref to the network. Builds must give the same result tomorrow, so copy the file into the project.",
    "HG106": "An OpenAPI version that is not supported. 3.0, 3.1 and 3.2 are; convert 2.0 first.",
    "HG107": "Part of a document does not have the shape that OpenAPI gives it.",
    "HG110": "gateway.yaml has an unknown key, a missing one, or a value of the wrong kind.",
    "HG111": "gateway.yaml names something that does not exist.",
    "HG112": "Two operations of one API have the same operationId. Logs and SDKs cannot tell them apart.",
    "HG120": "A path segment mixes text and a variable, like {id}.json. API Gateway has whole-segment variables only.",
    "HG121": "A path with # or ?. Requests never carry these in their path.",
    "HG122": "A path segment with characters that API Gateway refuses, or an empty one.",
    "HG123": "Two operations that API Gateway could not tell apart: same method, same path but for variable names.",
    "HG124": "A variable for the rest of the path ({name+}) that is not last, or beside a variable for one segment.",
    "HG125": "A method that API Gateway does not have: TRACE, QUERY or one of your own.",
    "HG126": "More than 300 resources in one API. Split the documents over several APIs.",
    "HG127": "/ping and /sping are answered by API Gateway itself under custom domains.",
    "HG128": "The variables of a path and its path parameters do not agree.",
    "HG129": "A Lambda function sees a path variable under another name, because another path names that place differently.",
    "HG130": "Nothing says which service answers an operation.",
    "HG131": "An upstream address that API Gateway cannot call.",
    "HG132": "x-headgate has an unknown key or a value of the wrong kind.",
    "HG133": "A rewrite that API Gateway cannot express.",
    "HG134": "An x-headgate setting that is known but does nothing here.",
    "HG140": "A security scheme that nothing checks. It never opens an operation: bind it to an issuer, or deny.",
    "HG141": "An operation asks for a security scheme that its document does not define.",
    "HG142": "A security requirement that is not a list of {scheme: [scopes]}.",
    "HG143": "More than 10 authorizers. Each set of places where credentials stand needs one.",
    "HG145": "Two documents mean different things by one security scheme name.",
    "HG146": "Security that API Gateway cannot combine: an API key or its own authorizer as one of several ways in.",
    "HG147": "An operation asks for an API key, and no plan in gateway.yaml holds one.",
    "HG150": "Two documents set an API-wide API Gateway extension differently.",
}


def explanation(code: str) -> str | None:
    """What a code means; None for one that does not exist."""
    return (CODES | COMPOSITION_CODES).get(code.upper())
