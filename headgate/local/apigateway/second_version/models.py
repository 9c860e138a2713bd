"""API mappings of API Gateway's second version for domains of the first, at moto's extension point.

moto keeps HTTP APIs and their domains itself; a domain that our control plane has is ours to map, with any number of levels.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from moto.apigateway.models import apigateway_backends
from moto.apigatewayv2.exceptions import (
    APIGatewayV2Error,
    ApiMappingNotFound,
    BadRequestException,
    DomainNameNotFound,
)
from moto.apigatewayv2.models import ApiGatewayV2Backend, ApiMapping

from ..errors import ConflictError, ControlPlaneError, NotFoundError
from ..models import ControlPlane
from ..operations.base_paths import MAPPINGS, api_mapping, create_api_mapping
from ..state import NO_PATH, Document, Region


class MappedBackend(ApiGatewayV2Backend):
    """moto's backend, whose mappings of our domains are in our control plane."""

    def create_api_mapping(self, api_id: str, api_mapping_key: str, domain_name: str, stage: str) -> ApiMapping:
        """Map a key of a domain to a stage."""
        if domain_name in self.domain_names:
            return super().create_api_mapping(api_id, api_mapping_key, domain_name, stage)
        with self._region() as region:
            return _shown(domain_name, create_api_mapping(region, domain_name, api_mapping_key, api_id, stage))

    def get_api_mapping(self, api_mapping_id: str, domain_name: str) -> ApiMapping:
        """One mapping."""
        if domain_name in self.domain_names:
            return super().get_api_mapping(api_mapping_id, domain_name)
        with self._region() as region:
            return _shown(domain_name, api_mapping(region, domain_name, api_mapping_id))

    def get_api_mappings(self, domain_name: str) -> list[ApiMapping]:
        """All mappings of a domain."""
        if domain_name in self.domain_names:
            return super().get_api_mappings(domain_name)
        with self._region() as region:
            found = MAPPINGS.store(region, {"domainName": domain_name})
            return [_shown(domain_name, document) for document in found.values()]

    def delete_api_mapping(self, api_mapping_id: str, domain_name: str) -> None:
        """Forget a mapping."""
        if domain_name in self.domain_names:
            super().delete_api_mapping(api_mapping_id, domain_name)
            return
        with self._region() as region:
            base = api_mapping(region, domain_name, api_mapping_id)["basePath"]
            MAPPINGS.delete(region, {"domainName": domain_name, "basePath": base})

    @contextmanager
    def _region(self) -> Iterator[Region]:
        """Our state under its lock; published afterwards. Refusals become those of the second version."""
        plane = cast(ControlPlane, apigateway_backends[self.account_id][self.region_name])
        with plane.lock:
            try:
                yield plane.state
            except NotFoundError as error:
                raise (DomainNameNotFound if "domain" in str(error) else ApiMappingNotFound) from error
            except ConflictError as error:
                raise ConflictException(str(error)) from error
            except ControlPlaneError as error:
                raise BadRequestException(str(error)) from error
            plane.refresh()


class ConflictException(APIGatewayV2Error):  # noqa: N818 - moto's serialiser shows the name
    """A key that is taken."""

    code = 409

    def __init__(self, message: str) -> None:
        super().__init__("ConflictException", message)


def _shown(domain: str, document: Document) -> ApiMapping:
    base = document["basePath"]
    return ApiMapping(
        api_id=document["restApiId"],
        api_mapping_key="" if base == NO_PATH else base,
        api_mapping_id=document["apiMappingId"],
        domain_name=domain,
        stage=document.get("stage", ""),
    )
