"""Whole lists, shared by all sessions of a process and refreshed by what has changed."""

from ownli_api.cache.lists import Lists as Lists
from ownli_api.cache.lists import for_partner as for_partner
from ownli_api.cache.shared import Handle as Handle
from ownli_api.cache.shared import Progress as Progress
from ownli_api.cache.shared import Snapshot as Snapshot
