"""Headgate: an API gateway your team owns, built from managed AWS primitives."""

__version__ = "0.1.0"
