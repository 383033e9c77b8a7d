"""The two host settings on a real server: who may reach it, and where pictures may come from."""

import pytest
import requests

from tests.pages.test_access import websocket_status
from tests.websocket_client import server


@pytest.fixture(scope="module")
def base_url(tmp_path_factory):
    environment = {
        "SERVER_HOSTS": "dashboard.example.com",
        "PHOTOS_HOSTS": "photos.example.com, b.example.com",
    }
    with server(environment, tmp_path_factory.mktemp("log") / "server.log") as url:
        yield url


def test_the_server_answers_under_the_names_of_the_setting_and_this_machines_only(base_url):
    assert websocket_status(base_url, "dashboard.example.com", None) == 101
    assert websocket_status(base_url, "127.0.0.1", None) == 101
    assert websocket_status(base_url, "evil.example", None) == 403
    assert websocket_status(base_url, "dashboard.example.com.evil.example", None) == 403


def test_the_content_policy_allows_pictures_of_the_settings_hosts_and_no_other(base_url):
    policy = requests.get(base_url, timeout=10).headers["content-security-policy"]
    images = next(part for part in policy.split("; ") if part.startswith("img-src"))
    assert images == "img-src 'self' data: blob: https://photos.example.com https://b.example.com"
