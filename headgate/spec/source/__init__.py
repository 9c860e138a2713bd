"""Files as somebody wrote them: texts, values with their places, references between files, and OpenAPI 2.0 read as 3.0."""
