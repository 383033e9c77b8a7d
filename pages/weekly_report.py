"""Weekly report: one week as every other screen shows it, and as files that print."""

from pages.access.guard import guard
from pages.ui import chrome, report

guard()
screen = chrome.screen("Weekly report")
loaded, made = report.read(report.week())
screen.show(loaded)
report.files(made)
report.page(made)
