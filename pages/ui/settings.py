"""What the operator configured: environment variables over `.streamlit/secrets.toml`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import ownli_api


class SettingsProblem(Exception):
    """One sentence that names the setting (and file and line) and what to do; no secret in it."""


@dataclass(frozen=True)
class AppSettings:
    """Everything that can be configured, checked; `ownli` is None in the demo."""

    ownli: "ownli_api.Settings | None"
    environment: str  # "Demo data", "Sandbox", "Production" or the host
    time_zone: str
    history_weeks: int
    staff_file: Path | None  # None in the demo
    cookie_key: str = field(repr=False)
    idle_minutes: int
    session_hours: int
    audit_file: Path

    @property
    def demo(self) -> bool:
        """Whether no credentials are configured and the embedded sandbox is used."""
        return self.ownli is None


def load() -> AppSettings:
    """The settings of this moment; raises SettingsProblem with one sentence."""
    raise NotImplementedError
