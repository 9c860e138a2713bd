"""What can go wrong in a template."""


class TemplateError(ValueError):
    """The template cannot be read, or a method in it failed; API Gateway answers 500 (FACTS 1.14)."""


class Break(Exception):  # noqa: N818 a jump
    """`#break`."""


class Stop(Exception):  # noqa: N818 a jump
    """`#stop`."""
