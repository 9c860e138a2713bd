"""What the documents promise, for whoever reads it: JSON Schema and validators.json, the published document, its 3.0 edition."""
