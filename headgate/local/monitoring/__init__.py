"""Metrics, alarms and events of the local cloud, on its clock.

log lines -> metric filters and embedded metrics -> metrics -> alarms -> events -> rules -> functions and state machines
"""

from .delivery import Delivery
from .install import Monitor, Parts, install

__all__ = ["Delivery", "Monitor", "Parts", "install"]
