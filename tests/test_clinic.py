"""What is known of the clinic, and what a wrong line in its file says."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from rlsinfo import clinic

KNOWN = """
name: Truffles Vein Specialists
site: trufflesveinspecialists.com
phone: (555) 010-0134
address: {street: 1 Main Street, city: Springfield, region: IL, postal_code: "62701"}
time_zone: America/Chicago
hours:
  monday: ["08:00-12:00", "13:00-17:00"]
  friday: ["08:00-12:00"]
holidays: [2026-12-25]
call_back_days: 2
retention: {declined: "365 days, anonymize", spam: "90 days, delete", test: }
privacy: {in_force_from: 2026-12-01, server_company: Example Hosting}
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        file = tmp_path / "clinic.yaml"
        file.write_text(text, encoding="utf-8")
        return clinic.read(file)

    return read


def test_everything_that_is_filled_in_is_known(read):
    known = read(KNOWN)

    assert known.phone == "(555) 010-0134"
    assert known.phone_link == "5550100134"
    assert known.address.city == "Springfield"
    assert known.time_zone == ZoneInfo("America/Chicago")
    assert known.week[0] == ((time(8), time(12)), (time(13), time(17)))
    assert known.week[4] == ((time(8), time(12)),)
    assert known.week[6] == ()
    assert known.holidays == {date(2026, 12, 25)}
    assert known.call_back_days == 2
    assert known.hours_known
    assert known.retention == {
        "declined": clinic.Period(365, keeps_figures=True),
        "spam": clinic.Period(90, keeps_figures=False),
    }
    assert (known.privacy.in_force_from, known.privacy.server_company) == (date(2026, 12, 1), "Example Hosting")


def test_what_is_blank_is_not_known():
    today = settings.CLINIC

    assert today.name == "Truffles Vein Specialists"
    assert not today.hours_known
    assert not today.address
    assert (today.phone, today.email, today.call_back_days) == ("", "", None)
    assert (today.retention, today.privacy) == ({}, clinic.Privacy())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("name: Truffles Vein Specialists", "fill in `name`"),
        ("phon: 1", "unknown field, phon"),
        ("time_zone: America/Springfield", "Springfield"),
        ("hours: {mondays: []}", "mondays is not a day"),
        ('hours: {monday: ["17:00-08:00"]}', "must run forward"),
        ('hours: {monday: ["8 to 5"]}', "cannot be read"),
        ('hours: {monday: ["08:00-12:00", "11:00-15:00"]}', "hours of monday overlap"),
        ("hours: {monday: 08:00-17:00}", r'hours of monday must be a list, even of one: write \["08:00-17:00"\]'),
        ("hours: 08:00-17:00", "hours must name the days of the week"),
        ('hours: ["08:00-17:00"]', "hours must name the days of the week"),
        ("holidays: 2026-12-25", r'holidays must be a list, even of one: write \["2026-12-25"\]'),
        ("address: {stret: 1 Main Street}", "stret"),
        ("holidays: [12/25/2026]", "cannot be read"),
        ("security_contact: security@example.org", "must begin with mailto: or https://"),
        ("call_back_days: soon", "cannot be read"),
        ("call_back_days: -1", "from 1 to 30"),
        ("call_back_days: 0", "from 1 to 30"),
        ("call_back_days: 99999999", "from 1 to 30"),
        ("retention: {decline: 365 days}", "retention must name outcomes of a request: use scheduled, not_for_us"),
        ("retention: 365 days", "retention must name outcomes"),
        ("retention: {declined: 365}", "must read like  730 days, anonymize  or  90 days, delete"),
        ('retention: {declined: "29 days, delete"}', "with 30 days or more"),
        ('retention: {declined: "99999 days, delete"}', "must read like"),
        ("privacy: {in_force_from: December}", "cannot be read"),
        ("privacy: {host: Example}", "host"),
        ('privacy: {notice_address: "javascript:alert(1)"}', "must begin with https://"),
        ("- a list", "must name the clinic"),
        ("name: [", "cannot be read"),
    ],
)
def test_a_wrong_line_stops_the_start_and_says_why(read, line, said):
    text = {"name": "site: x.org", "phon": KNOWN + line}.get(line.split(":")[0], "name: T\nsite: x.org\n" + line)
    text = line if line.startswith(("-", "name: [")) else text

    with pytest.raises(ImproperlyConfigured, match=said):
        read(text)
