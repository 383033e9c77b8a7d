"""The dashboard: its page script, its screens, and the rooms they are built from."""
