"""Makes a database ready for its first row."""
