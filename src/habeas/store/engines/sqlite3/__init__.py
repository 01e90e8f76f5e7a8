"""SQLite, whose columns take anything."""
