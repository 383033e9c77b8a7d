"""Files written whole: beside their place first, then renamed; the old one stays till then."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_ORDINARY = 0o666


def write(path: Path, content: bytes) -> None:
    """Put the content at a path durably; raises OSError and leaves what was there untouched."""
    path = path.resolve()  # a link stays a link to the new content
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else _ordinary_mode())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _ordinary_mode() -> int:
    """The permissions any new file of this process gets."""
    mask = os.umask(0)
    os.umask(mask)
    return _ORDINARY & ~mask
