"""PostgreSQL, whose moments may be infinite, or in no year that Python knows."""
