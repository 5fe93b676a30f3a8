"""A real trace backend for tests: Arize Phoenix from its package, with its embedded database."""
