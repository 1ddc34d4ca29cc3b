"""The warehouse as a whole: built from worlds of raw rows, and compared with what must hold."""
