"""Random requests through the data plane and through small oracles written from docs/aws-facts.md, which share no code with it."""
