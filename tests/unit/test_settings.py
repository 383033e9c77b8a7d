"""Settings: where each comes from, and the one sentence a wrong one gets."""

import json
from pathlib import Path

import pytest

from pages.settings import SECRETS, SettingsProblem, host_names, load, mail

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


def test_nothing_of_ownlis_is_written_to_disk_unless_a_folder_is_given(root, secrets):
    assert load(FULL, root).cache_folder is None
    assert load(FULL | {"CACHE_FOLDER": "held"}, root).cache_folder == root / "held"
    assert load({"CACHE_FOLDER": "/var/held"}, root).cache_folder == Path("/var/held")
    secrets('[cache]\nfolder = "held"\n')
    assert load(FULL, root).cache_folder == root / "held"


# --- hosts


def test_hosts_come_from_the_file_or_the_environment_as_a_list_or_a_text(root, secrets):
    secrets(
        '[photos]\nhosts = ["Photos.example.com", "b.example.com"]\n[server]\nhosts = "a.example"\n'
    )
    assert load({}, root).photo_hosts == ("photos.example.com", "b.example.com")
    assert host_names("server.hosts", {}, root) == ("a.example",)
    given = {"PHOTOS_HOSTS": " a.example , a.example,c.example"}
    assert load(given, root).photo_hosts == ("a.example", "c.example")


@pytest.mark.parametrize("name", ["SERVER_HOSTS", "PHOTOS_HOSTS"])
@pytest.mark.parametrize(
    "text", ["https://a.example", "a.example/x", "*", "a_b.example", "a b", "-a.example", "a..b"]
)
def test_a_wrong_host_is_one_sentence_and_counts_as_none_when_the_server_starts(root, name, text):
    assert name in refused({name: text}, root)
    assert host_names(name.lower().replace("_", "."), {name: text}, root) == ()


# --- single sign-on

AUTH = {
    "redirect_uri": "https://dashboard.example.com/oauth2callback",
    "cookie_secret": "zyxwvutsrqponmlkjihgfedcba9876543210",
    "client_id": "dashboard",
    "client_secret": SECRET,
    "server_metadata_url": "https://login.example.com/.well-known/openid-configuration",
}


def toml(auth: dict) -> str:
    """An [auth] section: tables in it come last."""
    flat = [f"{k} = {json.dumps(v)}" for k, v in auth.items() if not isinstance(v, dict)]
    tables = [
        "\n".join([f"[auth.{name}]", *(f"{k} = {json.dumps(v)}" for k, v in table.items())])
        for name, table in auth.items()
        if isinstance(table, dict)
    ]
    return "\n".join(["[auth]", *flat, *tables, ""])


@pytest.fixture
def provider(root, secrets):
    def provider(**changed):
        auth = {key: value for key, value in (AUTH | changed).items() if value is not None}
        secrets(toml(auth))
        return load(FULL, root).provider

    return provider


@pytest.fixture
def refused_provider(provider):
    def refused_provider(**wrong) -> str:
        with pytest.raises(SettingsProblem) as raised:
            provider(**wrong)
        assert SECRET not in str(raised.value)
        assert "\n" not in str(raised.value)
        return str(raised.value)

    return refused_provider


OWN = {"client_id": None, "client_secret": None, "server_metadata_url": None}


def test_a_provider_without_a_name_and_one_with(provider):
    plain = provider()
    assert (plain.name, plain.label) == ("default", "Sign in with single sign-on")
    assert plain.origin == "https://dashboard.example.com"
    assert SECRET in plain.secrets
    assert SECRET not in repr(plain)
    own = {key: AUTH[key] for key in OWN}
    named = provider(**OWN, okta=own)
    assert (named.name, named.label) == ("okta", "Sign in with Okta")
    assert provider(**{**OWN, "acme-id": own}).label == "Sign in with Acme id"


@pytest.mark.parametrize("setting", AUTH)
@pytest.mark.parametrize("value", [None, "", 7, True, ["x"]])
def test_every_key_of_a_provider_has_to_be_there_and_a_text(refused_provider, setting, value):
    assert f"auth.{setting} needs a text" in refused_provider(**{setting: value})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cookie_secret": "short"}, "line 3, auth.cookie_secret needs at least 32"),
        ({"cookie_secret": "x" * 40}, "auth.cookie_secret needs at least 32"),
        ({"server_metadata_url": "http://login.example.com/"}, "server_metadata_url needs https"),
        ({"server_metadata_url": "login.example.com"}, "server_metadata_url needs an address"),
        ({"redirect_uri": "http://dashboard.example.com/oauth2callback"}, "needs https"),
        ({"redirect_uri": "https://dashboard.example.com/"}, "with /oauth2callback at its end"),
        ({"redirect_uri": "https://dashboard.example.com:443/oauth2callback"}, "as browsers show"),
        ({"redirect_uri": "https://Dashboard.example.com/oauth2callback"}, "as browsers show"),
        ({"redirect_uri": "https://dashboard.example.com/oauth2callback?x=1"}, "as browsers show"),
        ({"expose_tokens": "id"}, "auth.expose_tokens is not allowed"),
        ({"client_kwargs": "openid"}, "auth.client_kwargs needs a table"),
        ({"client_kwargs": {"scope": "email"}}, "auth.client_kwargs.scope needs “openid”"),
        ({"okta": {"client_id": "x"}}, "[auth] holds more than one provider"),
        ({"client_id": None, "client_secret": None}, "auth.client_id needs a text"),
        ({**OWN, "one": {}, "two": {}}, "more than one provider"),
        ({**OWN, "my_id": {}}, "needs a name of letters"),
        ({**OWN, "okta": {"client_id": "x"}}, "auth.okta.client_secret"),
    ],
)
def test_a_wrong_value_of_a_provider_is_named_with_what_it_needs(refused_provider, wrong, said):
    assert said in refused_provider(**wrong)


def test_an_auth_that_is_no_section_is_one_sentence(root, secrets):
    secrets('auth = "yes"\n')
    assert "needs to be a section, [auth]" in refused(FULL, root)


def test_passwords_count_unless_single_sign_on_takes_their_place(root, provider, secrets):
    assert load(FULL, root).passwords
    assert "STAFF_PASSWORDS" in refused(FULL | {"STAFF_PASSWORDS": "no"}, root)
    assert "nobody could sign in" in refused(FULL | {"STAFF_PASSWORDS": "off"}, root)
    provider()
    assert not load(FULL | {"STAFF_PASSWORDS": "off"}, root).passwords
    assert load(FULL | {"STAFF_PASSWORDS": "ON"}, root).passwords


# --- mail

MAIL = {
    "REPORT_SMTP_HOST": "mail.example.com",
    "REPORT_SMTP_TO": "a@example.com, b@example.com",
    "REPORT_SMTP_FROM": "dashboard@example.com",
}


def test_without_a_server_nothing_is_mailed(root):
    assert mail({}, root) is None


def test_a_mail_server_has_defaults_and_the_command_line_goes_before(root):
    found = mail(MAIL, root)
    assert (found.host, found.port, found.security) == ("mail.example.com", 587, "starttls")
    assert found.to == ("a@example.com", "b@example.com")
    assert mail(MAIL | {"REPORT_SMTP_SECURITY": "TLS"}, root).port == 465
    given = mail(MAIL, root, server="other.example:25", to="c@example.com")
    assert (given.host, given.port, given.to) == ("other.example", 25, ("c@example.com",))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"REPORT_SMTP_TO": ""}, "REPORT_SMTP_TO"),
        ({"REPORT_SMTP_FROM": ""}, "REPORT_SMTP_FROM"),
        ({"REPORT_SMTP_TO": "nobody"}, "report.smtp_to"),
        ({"REPORT_SMTP_FROM": "a@example.com\nBcc: x@example.com"}, "report.smtp_from"),
        ({"REPORT_SMTP_PORT": "many"}, "report.smtp_port"),
        ({"REPORT_SMTP_SECURITY": "ssl"}, "report.smtp_security"),
    ],
)
def test_a_wrong_mail_setting_is_one_sentence(root, wrong, named):
    with pytest.raises(SettingsProblem, match=named):
        mail(MAIL | wrong, root)
