"""What every producer shares: the database, the writer, the clock, the calendar, the log."""
