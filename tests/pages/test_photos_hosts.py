"""The two host settings on a real server: who may reach it, and where pictures may come from."""

from urllib.parse import urlsplit

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
    port = urlsplit(base_url).port
    for name, status in (
        ("dashboard.example.com", 101),
        ("127.0.0.1", 101),
        ("evil.example", 403),
        ("dashboard.example.com.evil.example", 403),
    ):
        assert websocket_status(base_url, name, f"http://{name}:{port}") == status, name
        answer = requests.get(base_url, headers={"Host": f"{name}:{port}"}, timeout=10)
        assert answer.status_code == (200 if status == 101 else 421), name


def test_the_content_policy_allows_pictures_of_the_settings_hosts_and_no_other(base_url):
    policy = requests.get(base_url, timeout=10).headers["content-security-policy"]
    images = next(part for part in policy.split("; ") if part.startswith("img-src"))
    assert images == "img-src 'self' data: blob: https://photos.example.com https://b.example.com"
