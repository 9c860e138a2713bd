"""Who may call what: security schemes, requirements, authorizers and routes.json."""
