"""Named switches for what nobody has recorded on AWS: facts graded E or `?`, and conflicts (FACTS 11).

Each switch names its fact and defaults to the likelier behaviour. Change one by `dataclasses.replace(SWITCHES, ...)`.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Switches:
    """Open behaviours of API Gateway, one field each."""

    # FACTS 1.9: newer regions are said to end the text in "in an identity-based policy".
    explicit_deny_message: str = "User is not authorized to access this resource with an explicit deny"
    # FACTS 1.11: null is recorded for a raised error, "Internal server error" is rumoured for malformed output.
    authorizer_malformed_message: str | None = None
    # FACTS 1.16: the type table (R) says 504 for INTEGRATION_FAILURE, an emulator answers 500.
    integration_failure_status: int = 504
    # A throttled Lambda integration (429 from Lambda) has no recorded answer.
    lambda_throttled_status: int = 500
    # FACTS 2.1: the pair rule is measured for `{x+}`; whether a sibling `{x}` is tried as well is not.
    verb_falls_through_to_variable: bool = True
    # FACTS 2.11: a raw `|` in a query "is not supported"; the answer is not recorded (400 here).
    raw_pipe_refused: bool = True
    # FACTS 3.2: $context.isCanaryRequest in the proxy event, on canary-enabled stages.
    is_canary_request_in_event: bool = True
    # FACTS 3.4: on a custom domain the event's path includes the base path (E).
    base_path_in_event_path: bool = True
    # FACTS 3.6: recorded on EDGE only, where CloudFront rewrites the two names.
    renamed_headers: Literal["edge", "always", "never"] = "edge"
    # FACTS 3.9: which of several equal headers the single-value map keeps.
    repeated_header: Literal["first", "last"] = "last"
    # FACTS 4.2: empty maps in authorizer events are {} in the documentation, null in proxy events.
    authorizer_event_empty_map: Literal["{}", "null"] = "{}"
    # FACTS 4.5: identity sources that are listed stay mandatory with a TTL of 0.
    identity_sources_mandatory_without_cache: bool = True
    # FACTS 4.13: numbers and booleans of the authorizer's context arrive as strings in the proxy event.
    authorizer_context_as_strings: bool = True
    # FACTS 7.6: the account's 10,000 requests per second with bursts of 5,000; None leaves them out, as one laptop is no account.
    account_limits: tuple[float, int] | None = None
    # FACTS 8.4: names of header parameters are compared with their case when a validator runs.
    header_parameters_case_sensitive: bool = True
    # FACTS 8.11: a mock with neither template nor body is 500; another test says 200.
    mock_without_template_fails: bool = True
    # FACTS 8.12, 11: Java's `matches` (the whole text) against a match of its beginning.
    selection_pattern: Literal["whole", "prefix"] = "whole"
    # FACTS 8.24: X-Forwarded-* to HTTP_PROXY backends is common knowledge, not in the recordings.
    forwarded_headers_to_http_proxy: bool = True
    # FACTS 8.25 records Content-Encoding as dropped for a body that was not encoded; dropping it from one that is
    # makes the answer unreadable, so the default keeps it.
    content_encoding_from_backend: Literal["keep", "drop"] = "keep"
    # FACTS 11: whether `*/*` in binaryMediaTypes matches everything (D) or nothing (E).
    any_media_type_matches: bool = True
    # FACTS 8.33, 8.34: the gateway tells an `action/X` to DynamoDB, Kinesis and Step Functions ("recorded"), or to every JSON
    # service ("added"). Others answer UnknownOperationException without an X-Amz-Target of the API's own.
    service_target: Literal["recorded", "added"] = "recorded"
    # FACTS 8.33, 8.34: a call with X-Amz-Target and no mapped Content-Type goes out as application/x-amz-json-1.x, or as it is.
    service_content_type: Literal["completed", "as it is"] = "completed"
    # FACTS 8.38: ask before a call whether the integration's role allows the action, whatever the resource.
    role_permissions_checked: bool = True
    # FACTS 1.31: take any signature for good, for callers whose keys the credentials' store does not know.
    trust_iam_signatures: bool = False


SWITCHES = Switches()
