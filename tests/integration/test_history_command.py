"""`history` as staff read it: sentences in the language that is asked for."""

from tests.integration.platforms import Platform, until


def test_a_member_of_staff_has_a_history(platform: Platform) -> None:
    platform.command("teams", "absent", "TC-M2", "--from", "2031-06-02", "--to", "2031-06-04")
    read = until(lambda: _told(platform, "en", "is away from 2031-06-02 to 2031-06-04"))
    assert "TC-M2" in read
    assert "2031-06-02 起不在岗" in platform.command("history", "TC-M2")
    assert "partition" in platform.command("history", "TC-M2", "--ids")
    platform.command("teams", "back", "TC-M2", "--on", "2031-06-02")
    until(lambda: _told(platform, "en", "TC-M2 is back from 2031-06-02"))


def test_another_language_and_an_unknown_number_are_told(platform: Platform) -> None:
    assert "No language fr" in platform.command("history", "TC-M2", "--language", "fr", status=2)
    assert "Nothing is known of HNK-2020-999999" in platform.command("history", "HNK-2020-999999", status=2)


def _told(platform: Platform, language: str, words: str) -> str | None:
    read = platform.command("history", "TC-M2", "--language", language)
    return read if words in read else None
