"""The dashboard's work without a browser."""
