"""Every definition is a whole sentence, and every number of the report has one."""

from pages.analysis import definitions


def test_every_definition_is_one_whole_sentence():
    said = {
        name: text
        for name, text in vars(definitions).items()
        if name.isupper() and isinstance(text, str)
    }
    assert len(said) > 20
    for name, text in said.items():
        assert text[0].isupper(), name
        assert text.endswith("."), name
        assert "  " not in text, name
    assert set(definitions.TITLES.values()) <= set(said.values())


def test_the_definitions_say_what_a_reader_must_not_overlook():
    assert "estimated from the last update" in definitions.TIME_TO_DECISION
    assert "below 30 decided" in definitions.CONFIRMATION_RATE
    assert "whatever period" in definitions.OUTSTANDING
    assert "at least" in definitions.CLAIMED
    assert "do not link" in definitions.FUNNEL
