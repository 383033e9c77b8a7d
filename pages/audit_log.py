"""Audit log: who signed in, looked somebody up, revealed, exported or changed an account."""

from pages.access.guard import guard
from pages.access.rights import Right
from pages.ui import audit, chrome

guard(Right.AUDIT)
chrome.screen(
    "Audit log", "Who did what, newest first. It holds no contact details.", of_ownli=False
)
audit.log()
