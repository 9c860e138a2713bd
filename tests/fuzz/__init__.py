"""Random documents against the compiler: it may refuse anything, but it never breaks."""
