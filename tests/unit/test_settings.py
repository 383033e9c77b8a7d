"""Settings: where each comes from, and the one sentence a wrong one gets."""

import pytest

from pages.ui.settings import SECRETS, SettingsProblem, load

KEY = "abcdefghijklmnopqrstuvwxyz0123456789"
SECRET = "s3cr3t-that-nobody-may-see"
FULL = {
    "OWNLI_PARTNER_ID": "partner-1",
    "OWNLI_CLIENT_ID": "client-abcd",
    "OWNLI_CLIENT_SECRET": SECRET,
    "STAFF_COOKIE_KEY": KEY,
}


@pytest.fixture
def root(tmp_path):
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit/staff.yaml").write_text("usernames: {}\n")
    return tmp_path


@pytest.fixture
def secrets(root):
    def write(text: str) -> None:
        (root / SECRETS).write_text(text)

    return write


def refused(environment, root) -> str:
    with pytest.raises(SettingsProblem) as raised:
        load(environment, root)
    sentence = str(raised.value)
    assert "\n" not in sentence
    assert SECRET not in sentence
    return sentence


def test_nothing_configured_is_the_demo_with_every_default(root):
    app = load({}, root)
    assert app.demo
    assert app.environment == "Demo data"
    assert (app.time_zone, app.history_weeks) == ("America/New_York", 26)
    assert (app.idle_minutes, app.session_hours) == (30, 8)
    assert app.audit_file == root / "audit.jsonl"
    assert len(app.cookie_key) >= 32


def test_an_address_or_a_zone_alone_is_still_the_demo(root):
    assert load({"OWNLI_BASE_URL": "https://x.example", "REPORT_TIME_ZONE": "UTC"}, root).demo


def test_credentials_make_it_real(root):
    app = load(FULL, root)
    assert not app.demo
    assert app.ownli.base_url == "https://api.sandbox.ownli.app"
    assert app.environment == "Sandbox"
    assert app.staff_file == root / ".streamlit/staff.yaml"
    assert (app.ownli.page_size, app.ownli.parallel_requests, app.ownli.read_seconds) == (
        500,
        4,
        15,
    )


def test_every_setting_can_be_in_the_file_and_the_environment_wins(root, secrets):
    secrets(
        f"""
        [ownli]
        base_url = "https://api.partner.example/"
        partner_id = "p"
        client_id = "c"
        client_secret = "{SECRET}"
        environment = "Production"
        page_size = 250
        parallel_requests = 2
        timeout_seconds = 7.5
        payouts_path = "/api/payouts"
        [report]
        time_zone = "Europe/Berlin"
        history_weeks = 52
        [staff]
        file = ".streamlit/staff.yaml"
        cookie_key = "{KEY}"
        idle_minutes = 10
        session_hours = 4
        [audit]
        file = "log/audit.jsonl"
        """
    )
    app = load({"REPORT_TIME_ZONE": "UTC", "STAFF_IDLE_MINUTES": "5"}, root)
    assert app.ownli.base_url == "https://api.partner.example"
    assert app.ownli.payouts_path == "/api/payouts"
    assert (app.ownli.page_size, app.ownli.parallel_requests) == (250, 2)
    assert app.ownli.read_seconds == 7.5
    assert app.environment == "Production"
    assert (app.time_zone, app.history_weeks) == ("UTC", 52)
    assert (app.idle_minutes, app.session_hours) == (5, 4)
    assert app.audit_file == root / "log/audit.jsonl"


def test_a_host_ownli_does_not_document_is_called_by_its_name(root):
    app = load(FULL | {"OWNLI_BASE_URL": "https://api.partner.example"}, root)
    assert app.environment == "api.partner.example"


@pytest.mark.parametrize("gone", ["OWNLI_PARTNER_ID", "OWNLI_CLIENT_ID", "OWNLI_CLIENT_SECRET"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_credential_is_named(root, gone, value):
    environment = dict(FULL)
    del environment[gone]
    if value is not None:
        environment[gone] = value
    assert gone in refused(environment, root)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OWNLI_BASE_URL", "api.ownli.app"),
        ("OWNLI_BASE_URL", "ftp://api.ownli.app"),
        ("OWNLI_BASE_URL", "http://api.ownli.app"),
        ("OWNLI_BASE_URL", "https://user:pass@api.ownli.app"),
        ("OWNLI_BASE_URL", "https://api.ownli.app:99999"),
        ("OWNLI_BASE_URL", "https://api.ownli.app/?a=b"),
        ("REPORT_TIME_ZONE", "Mars/Olympus"),
        ("REPORT_TIME_ZONE", "America"),
        ("REPORT_TIME_ZONE", "../../etc/passwd"),
        ("REPORT_HISTORY_WEEKS", "many"),
        ("REPORT_HISTORY_WEEKS", "0"),
        ("STAFF_IDLE_MINUTES", "-1"),
        ("STAFF_SESSION_HOURS", "1.5"),
        ("OWNLI_PAGE_SIZE", "none"),
        ("OWNLI_PARALLEL_REQUESTS", "1000"),
        ("OWNLI_TIMEOUT_SECONDS", "nan"),
        ("OWNLI_TIMEOUT_SECONDS", "0"),
    ],
)
def test_a_wrong_value_is_one_sentence_naming_the_setting(root, name, value):
    assert name in refused(FULL | {name: value}, root)


def test_a_wrong_payouts_path_names_the_setting(root):
    assert "payouts_path" in refused(FULL | {"OWNLI_PAYOUTS_PATH": "payouts?x=1"}, root)


@pytest.mark.parametrize("key", ["", "short", "some_key", "a" * 40, "ab" * 20])
def test_a_missing_short_default_or_repetitive_cookie_key_is_refused(root, key):
    assert "STAFF_COOKIE_KEY" in refused(FULL | {"STAFF_COOKIE_KEY": key}, root)


def test_a_missing_staff_file_says_how_to_make_it(root):
    sentence = refused(FULL | {"STAFF_FILE": "nowhere.yaml"}, root)
    assert "nowhere.yaml" in sentence
    assert "pages.jobs.staff add" in sentence


def test_a_mistake_in_the_secrets_file_names_file_line_and_key(root, secrets):
    secrets('[ownli]\npartner_id = "p"\n\n[report]\ntime_zone = "Nowhere"\n')
    sentence = refused({}, root)
    assert f"{SECRETS}, line 5, report.time_zone" in sentence


def test_a_secrets_file_that_is_no_toml_names_its_line_and_shows_nothing_of_it(root, secrets):
    secrets(f'[ownli]\nclient_secret = "{SECRET}\n')
    sentence = refused({}, root)
    assert f"{SECRETS}, line 2" in sentence


@pytest.mark.parametrize(
    "text", ['ownli = "x"', "[ownli]\nclient_id = [1]", "[ownli]\nclient_id = true"]
)
def test_a_value_of_the_wrong_type_is_one_sentence(root, secrets, text):
    secrets(text)
    assert "ownli" in refused({}, root)


def test_settings_show_no_secret_however_they_are_printed(root):
    app = load(FULL, root)
    assert SECRET not in f"{app} {app!r} {app.ownli!r}"
    assert KEY not in f"{app} {app!r}"
