"""The AWS port: one socket for AWS's API, `execute-api` and Headgate's own pages.

protocol (bytes) -> application (who answers) -> admin pages | data plane | moto under a2wsgi
"""
