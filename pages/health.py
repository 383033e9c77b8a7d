"""Health: what is held of Ownli's lists, how fresh it is, and what went wrong last."""

from pages.access.guard import guard
from pages.access.rights import Right
from pages.ui import chrome, health

guard(Right.HEALTH)
chrome.screen("Health")
health.lists()
health.client()
health.versions()
