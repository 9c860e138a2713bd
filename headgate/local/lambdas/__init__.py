"""Lambda execution: warm worker processes under AWS's own runtime client, behind moto's function registry.

backend (moto's extension point) -> functions (ARN -> what to run) -> pool -> group -> worker -> runtime/ (other process)
"""
