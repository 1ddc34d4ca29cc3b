"""Reading what was published: queries, status, the risk report."""
