"""From a request to an operation and back: parsing and serialising are moto's, by botocore's model."""

from collections.abc import Callable, Mapping
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.core.responses import ActionResult, BaseResponse

from . import alarm_operations as alarms
from . import metric_operations as metrics
from .errors import CloudWatchError
from .models import LocalCloudWatch
from .records import Region

Operation = Callable[[Region, Mapping[str, Any]], dict[str, Any]]

OPERATIONS: Mapping[str, Operation] = {
    "DeleteAlarms": alarms.delete_alarms,
    "DeleteDashboards": metrics.delete_dashboards,
    "DescribeAlarmHistory": alarms.describe_alarm_history,
    "DescribeAlarms": alarms.describe_alarms,
    "DescribeAlarmsForMetric": alarms.describe_alarms_for_metric,
    "DisableAlarmActions": alarms.disable_alarm_actions,
    "EnableAlarmActions": alarms.enable_alarm_actions,
    "GetDashboard": metrics.get_dashboard,
    "GetMetricData": metrics.get_metric_data,
    "GetMetricStatistics": metrics.get_metric_statistics,
    "ListDashboards": metrics.list_dashboards,
    "ListMetrics": metrics.list_metrics,
    "ListTagsForResource": metrics.list_tags_for_resource,
    "PutCompositeAlarm": alarms.put_composite_alarm,
    "PutDashboard": metrics.put_dashboard,
    "PutMetricAlarm": alarms.put_metric_alarm,
    "PutMetricData": metrics.put_metric_data,
    "SetAlarmState": alarms.set_alarm_state,
    "TagResource": metrics.tag_resource,
    "UntagResource": metrics.untag_resource,
}
READS_METRICS = ("GetMetricData", "GetMetricStatistics", "ListMetrics")


class CloudWatchResponse(BaseResponse):
    """One request."""

    before_reading: Callable[[], None] = staticmethod(lambda: None)  # set by `install`: moves queued log lines on

    def __init__(self) -> None:
        super().__init__(service_name="cloudwatch")
        self.automated_parameter_parsing = True

    def call_action(self) -> Any:
        """Run the operation."""
        action = self._get_action()
        operation = OPERATIONS.get(action)
        backend = cloudwatch_backends[self.current_account][self.region]
        assert isinstance(backend, LocalCloudWatch)
        try:
            if operation is None:
                raise CloudWatchError("InvalidAction", f"{action} is not supported by Headgate's local CloudWatch")
            if action in READS_METRICS:
                type(self).before_reading()
            return self.serialized(ActionResult(operation(backend.state, self.params)))
        except CloudWatchError as error:
            return self.serialized(ActionResult(error))
