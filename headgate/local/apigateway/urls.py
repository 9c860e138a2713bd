"""The paths moto hands to our control plane: all of them. Routing is by botocore's model (see `responses`)."""

from .responses import ControlPlaneResponse

url_bases = [r"https?://apigateway\.(.+)\.amazonaws.com"]
url_paths = {"{0}/.*$": ControlPlaneResponse.dispatch}
