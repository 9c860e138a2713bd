"""The paths moto hands to our control plane: all but the API mappings of the second version, which signs as the same service.

Routing is by botocore's model (see `responses`).
"""

from moto.apigatewayv2.urls import url_paths as second_version

from .responses import ControlPlaneResponse

url_bases = [r"https?://apigateway\.(.+)\.amazonaws.com"]
url_paths = {
    **{path: dispatch for path, dispatch in second_version.items() if "/apimappings" in path},
    "{0}/.*$": ControlPlaneResponse.dispatch,
}
