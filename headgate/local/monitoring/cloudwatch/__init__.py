"""CloudWatch's API at moto's extension point: metrics, alarms, composite alarms, dashboards.

moto keeps alarms but never evaluates them, knows no percentiles and no composite alarms, so the backend is our own.
"""
