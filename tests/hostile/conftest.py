"""Sums up what every address was asked, and how it answered."""

from collections import Counter

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    answered, slowest, addresses = Counter[str](), (0.0, ""), 0
    for report in terminalreporter.getreports("passed"):
        known = dict(report.user_properties)
        if "answered" in known:
            addresses += 1
            answered.update(known["answered"])
            slowest = max(slowest, tuple(known["slowest"]))
    if addresses:
        by_status = ", ".join(f"{number:,} x {status}" for status, number in sorted(answered.items()))
        terminalreporter.write_sep("-", "hostile requests")
        terminalreporter.write_line(
            f"{answered.total():,} at {addresses} addresses: nothing broke, nothing hostile was kept."
        )
        terminalreporter.write_line(f"Answers: {by_status}. The slowest took {slowest[0]:.1f} s ({slowest[1]}).")
