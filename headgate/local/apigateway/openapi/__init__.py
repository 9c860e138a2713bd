"""OpenAPI documents in and out of the control plane: the importer (FACTS 9) and GetExport."""
