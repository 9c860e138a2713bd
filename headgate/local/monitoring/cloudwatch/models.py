"""Our backend at moto's extension point. Its module is called `models` because moto looks for a sibling `urls`."""

from typing import Any, ClassVar

from moto.core.base_backend import BaseBackend

from . import metric_operations
from .records import Region, World


class LocalCloudWatch(BaseBackend):
    """CloudWatch of one account in one Region. moto makes it on first use, and again on a reset."""

    world: ClassVar[World]  # set by `install`

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.state = Region(account_id, region_name, self.partition, self.world)

    def put_metric_data(self, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        """What moto's other services call in process: Kinesis counts its records so."""
        metric_operations.keep_metric_data(self.state, {"Namespace": namespace, "MetricData": metric_data})
