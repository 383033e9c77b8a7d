"""What the numbers mean that only the report holds, in one sentence each."""

MOVED = (
    "Changes against the week before, ordered by how far they exceed the usual change from "
    "week to week; the parts of each sum to it exactly."
)
LEDGER = (
    "Outstanding at the start + rewards granted in the week that are Confirmed or Claimed now "
    "- payouts claimed in the week + other changes = outstanding at the end."
)
COHORT = (
    "Users by the week of their first check-in among those read; active means at least one "
    "check-in submitted in the week."
)
EXPECTED = (
    "Confirmed so far plus the share of undecided check-ins that were confirmed later in "
    "settled weeks looked at when they were as old."
)
MEDIAN = "The median of the complete weeks before the reported one, up to twelve."

TITLES = {
    "What moved most": MOVED,
    "Ledger": LEDGER,
    "Cohort": COHORT,
    "Expected": EXPECTED,
    "Usually": MEDIAN,
}
ELSEWHERE = ("Open by age", "Time to claim", "Funnel")
"""Numbers of the screens that the report does not hold."""
