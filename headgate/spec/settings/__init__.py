"""What a user sets: gateway.yaml, `x-headgate`, and the target of a compilation."""
