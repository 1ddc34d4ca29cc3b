"""Everything that writes raw tables: live producers, simulated worlds, a user's own files."""
