"""Arithmetic that SQL is measured to be too slow for: pure functions on arrays."""
