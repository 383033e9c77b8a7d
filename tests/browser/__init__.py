"""A real server and Debian's Chromium."""
