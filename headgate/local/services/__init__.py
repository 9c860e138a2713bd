"""Glue for single AWS services: what moto lacks, does wrongly, or does at too high a price."""
