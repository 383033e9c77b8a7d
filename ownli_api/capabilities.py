"""What a host turned out to grant, learned once for all clients of a process."""

from __future__ import annotations

import threading


class Capabilities:
    """The page sizes a host grants and the inferred paths it lacks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._granted: int | None = None
        self._cut: dict[str, int] = {}
        self._lacking: set[str] = set()

    def size(self, path: str, wanted: int) -> int:
        """The page size worth asking a list for."""
        with self._lock:
            known = (wanted, self._granted, self._cut.get(path))
            return min(size for size in known if size)

    def learn_refusal(self, granted: int) -> None:
        """Notes that pages larger than this were refused, and this size was not."""
        with self._lock:
            self._granted = min(granted, self._granted or granted)

    def learn_cut(self, path: str, size: int) -> None:
        """Notes that the pages of a list are silently cut to this size."""
        with self._lock:
            self._cut[path] = size

    def learn_lack(self, path: str) -> None:
        """Notes that an undocumented path does not exist."""
        with self._lock:
            self._lacking.add(path)

    def lacks(self, path: str) -> bool:
        """Whether an undocumented path is known not to exist."""
        with self._lock:
            return path in self._lacking

    @property
    def page_size(self) -> int | None:
        """The smallest page size found out so far; None if no page was cut or refused."""
        with self._lock:
            known = [*self._cut.values(), *([self._granted] if self._granted else [])]
            return min(known, default=None)


_lock = threading.Lock()
_of_host: dict[str, Capabilities] = {}


def of_process(base_url: str) -> Capabilities:
    """What all clients of a base address in this process have found out."""
    with _lock:
        return _of_host.setdefault(base_url, Capabilities())
