"""Settings refuse nonsense by name and show no secret."""

from __future__ import annotations

import pytest

from ownli_api.settings import Settings

GOOD = {
    "base_url": "https://API.Example.com/",
    "partner_id": "partner-1",
    "client_id": "client-id-1234",
    "client_secret": "s3cret-s3cret",
}


def test_good_settings_are_taken_and_the_address_is_made_plain():
    settings = Settings(**GOOD)
    assert settings.base_url == "https://api.example.com"
    assert settings.host == "api.example.com"


def test_a_repr_shows_host_and_four_characters_of_the_client_only():
    assert repr(Settings(**GOOD)) == "Settings(api.example.com, client ...1234)"
    assert (
        repr(Settings(**GOOD | {"client_id": "short"})) == "Settings(api.example.com, client ...)"
    )


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8750", "http://localhost:1", "http://[::1]:8", "https://a.example/x/"]
)
def test_plain_http_is_for_this_machine_only(url):
    assert Settings(**GOOD | {"base_url": url}).base_url == url.rstrip("/")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "http://api.example.com"),
        ("base_url", "ftp://api.example.com"),
        ("base_url", "api.example.com"),
        ("base_url", ""),
        ("base_url", "https://"),
        ("base_url", "https://user:pw@api.example.com"),
        ("base_url", "https://api.example.com?x=1"),
        ("base_url", "https://api.example.com#x"),
        ("base_url", "https://api.example.com:99999"),
        ("base_url", "https://api.example.com/api"),
        ("base_url", "https://api example.com"),
        ("base_url", "https://[api"),
        ("partner_id", ""),
        ("client_id", " "),
        ("client_secret", None),
        ("page_size", 0),
        ("page_size", True),
        ("page_size", 2.5),
        ("parallel_requests", -1),
        ("connect_seconds", 0),
        ("read_seconds", float("nan")),
        ("read_seconds", float("inf")),
        ("connect_seconds", "60"),
        ("payouts_path", "api/payouts"),
        ("payouts_path", "/api/payouts?x=1"),
        ("payouts_path", "/api/{id}"),
        ("payouts_path", "//other.example/api"),
        ("payouts_path", "/api/../x"),
    ],
)
def test_nonsense_is_refused_with_the_name_of_the_field_and_without_its_value(name, value):
    with pytest.raises(ValueError, match=name) as caught:
        Settings(**GOOD | {name: value})
    assert "s3cret" not in str(caught.value)
    assert "pw" not in str(caught.value)
