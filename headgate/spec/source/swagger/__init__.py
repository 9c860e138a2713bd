"""OpenAPI 2.0 in: converted to 3.0 when a file is loaded, so that nothing behind it needs to know 2.0.

    made = conversion(source, lookup, None)
    made.run()
    made.value                               # OpenAPI 3.0
    made.origin("/components/schemas/Pet")   # "/definitions/Pet", where messages point

References keep their 2.0 text; `destination` says where in `value` they lead.
"""

from .conversion import Conversion, conversion
from .parts import Need, Remark

__all__ = ["Conversion", "Need", "Remark", "conversion"]
