"""Schemathesis over docs/api/openapi.json against the whole running system: `python -m tests.fuzz`."""
