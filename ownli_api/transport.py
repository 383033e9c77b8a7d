"""The only network I/O: one pooled session, time-outs, retries, pacing, redaction."""

from __future__ import annotations

from ownli_api.pacing import Pacing as Pacing

__all__ = ["Pacing"]
