"""The paths of API Gateway's second version: moto's own."""

from moto.apigatewayv2.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
