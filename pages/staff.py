"""Staff: who may use the dashboard, in which role, and who is signed in now."""

from pages.access.guard import guard
from pages.access.rights import Right
from pages.ui import chrome, staff

guard(Right.STAFF)
chrome.screen(
    "Staff", "A change holds from the person's next click on, and is recorded.", of_ownli=False
)
staff.people()
staff.sessions()
