"""A partner's lists: whole, fresh by asking only for what changed, one download for everybody."""

from ownli_api.cache.lists import Lists, for_partner
from ownli_api.cache.tickets import Held, Progress, Ticket

__all__ = ["Held", "Lists", "Progress", "Ticket", "for_partner"]
