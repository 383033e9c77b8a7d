"""What every level of the tests shares."""

import os
import shutil

import pytest
from hypothesis import HealthCheck, settings

# Shared machines are noisy: an example may be slow without anything being wrong with it.
settings.register_profile(
    "product", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("product")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path; without one the test is skipped, and fails where CI is set."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found:
        return found
    reason = "no Chromium: apt-get install --no-install-recommends chromium fonts-dejavu-core"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
