"""Pure functions, one promise a test."""
