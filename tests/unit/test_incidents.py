"""What the log may hold of something that went wrong, and what the browser may."""

import io
import logging

import pytest

from pages.access import incidents


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abc.def-ghi",
        'POST {"clientSecret": "s3cr3t-value"}',
        "client_secret=s3cr3t-value&x=1",
        "password='s3cr3t-value'",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.abc_DEF-123",
        "$2b$12$TSysy4pmmDmmKTvLy120uO0/Jta9o4eK7YHh3db5VWRiHlZ9aI9Jy",
    ],
)
def test_what_looks_like_a_secret_is_cut_out(text):
    shown = incidents.redacted(f"before {text} after")
    for secret in ("s3cr3t", "abc.def", "eyJ", "TSysy4"):
        assert secret not in shown


@pytest.fixture
def logged():
    """A logger of any package, with redaction on; what it wrote."""
    factory = logging.getLogRecordFactory()
    incidents.redact_logs()
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logger = logging.getLogger("somebody.elses.package")
    logger.addHandler(handler)
    yield logger, out
    logger.removeHandler(handler)
    logging.setLogRecordFactory(factory)


def test_no_logger_of_the_process_writes_a_secret(logged):
    logger, out = logged
    incidents.keep_secret("known-secret-value")
    logger.warning("message known-secret-value")
    logger.warning("argument %s of %d", "known-secret-value", 3)
    logger.warning("object %s", ValueError("known-secret-value"))
    logger.warning("mapping %(a)s", {"a": "known-secret-value"})
    try:
        try:
            raise KeyError("known-secret-value")
        except KeyError as cause:
            raise ValueError("Bearer abc.def.ghi") from cause
    except ValueError:
        logger.exception("failed")
    written = out.getvalue()
    assert "known-secret" not in written
    assert "abc.def" not in written
    assert "of 3" in written
    assert "ValueError" in written


def test_a_report_of_something_unexpected_holds_its_reference_and_no_secret(logged, caplog):
    incidents.keep_secret("known-secret-value")
    try:
        raise ValueError("it said known-secret-value")
    except ValueError as problem:
        reference = incidents.report(problem)
    assert "known-secret-value" not in caplog.text
    assert f"Reference {reference}: Traceback" in caplog.text
    assert reference in incidents.sentence(reference)


def test_a_secret_is_cut_out_of_the_message_as_it_reads_not_of_its_template(logged):
    logger, out = logged
    logger.warning("token=%s for %s", "abcdefgh", "jane")
    assert out.getvalue() == "[redacted] for jane\n"


def test_what_holds_no_secret_is_logged_as_it_is(logged):
    logger, out = logged
    logger.warning("%s took %.1f s of %s", "/api/rewards", 1.25, None)
    assert out.getvalue() == "/api/rewards took 1.2 s of None\n"
