"""Weekly report: one week as it will be printed, as files, and with a receipt for each number."""

from pages.access.guard import guard
from pages.ui import chrome, receipts, report

guard()
screen = chrome.screen("Weekly report")
loaded, made = report.read(report.week())
screen.show(loaded)
report.files(made)
report.page(made)
receipts.behind(made)
