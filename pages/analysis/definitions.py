"""What each number means, in one sentence a number: help texts, and a section of the report."""

WEEK = (
    "A week is an ISO week in the report time zone, from Monday 00:00 up to, and without, the "
    "next Monday 00:00."
)
USERS = "All users Ownli counts in its users list, as of the stamp."
NEW_USERS = "Users whose registration date lies in the week."
ACTIVE_USERS = "Distinct owners of the check-ins submitted in the week."
SUBMITTED = "Check-ins submitted in the week, by the status they have now."
CONFIRMATION_RATE = (
    "Confirmed / (confirmed + declined) among the check-ins submitted in the week; undecided ones "
    "are counted beside it, and below 30 decided the counts are shown instead of a percentage."
)
TIME_TO_DECISION = (
    "Half of the confirmed and declined check-ins decided in the week took no longer than this "
    "from submission; estimated from the last update, since Ownli sends no date of decision."
)
ON_HOLD_NOW = "Check-ins whose status is On hold now, whatever their date, as of the stamp."
EARNED = (
    "Rewards dated in the week that are Confirmed or Claimed now; pending and declined ones are "
    "counted apart."
)
OUTSTANDING = (
    "All rewards that are Confirmed now and not claimed, whatever their date and whatever period "
    "is chosen, as of the stamp."
)
CLAIMED = (
    "Payouts claimed in the week; while some known payouts are not dated yet it says “at least” "
    "and how many are missing."
)
WITHOUT_AMOUNT = "Rows that Ownli sent without an amount: they are counted, but add no dollars."
REASONS = (
    "Ownli's notes on declined and held check-ins, grouped by their exact text; the share is of "
    "all check-ins with that status in the period."
)
WEEKDAY_AND_HOUR = "When check-ins are submitted, on the clocks of the report time zone."
OPEN_BY_AGE = "Check-ins pending or on hold now, by whole days since they were submitted."
REWARDS_BY = "Rewards dated in the period, counted and summed."
OUTSTANDING_BY_AGE = "Outstanding rewards by whole days since they were granted, all time."
TOP_EARNERS = "Users with the largest sum of Confirmed and Claimed rewards dated in the period."
TIME_TO_CLAIM = "From the date of a reward to the date of the payout that includes it."
PAYOUT_SIZES = "Payouts claimed in the period by amount."
FUNNEL = (
    "Of the check-ins submitted in the period: decided, confirmed, with an earned reward, and with "
    "that reward claimed. Ownli's lists do not link a check-in to its reward: they are matched one "
    "to one by owner, kind and time, from the submission to one day after the last update."
)
USER_CONFIRMATION_RATE = (
    "Confirmed / (confirmed + declined) among all check-ins of this user that are held here."
)
NEXT_CHECK_IN = (
    "The earliest next date Ownli gives with the newest check-in of each vehicle; an indication."
)
PAID_OUT = "The sum of this user's payouts; Ownli does not report whether they were redeemed."


def in_period(sentence: str) -> str:
    """The definition of a week's number, said of a chosen period."""
    return sentence.replace("in the week", "in the period")


TITLES = {
    "Week": WEEK,
    "Users": USERS,
    "New users": NEW_USERS,
    "Active users": ACTIVE_USERS,
    "Check-ins submitted": SUBMITTED,
    "Confirmation rate": CONFIRMATION_RATE,
    "Median time to decision": TIME_TO_DECISION,
    "On hold now": ON_HOLD_NOW,
    "Rewards earned": EARNED,
    "Outstanding rewards": OUTSTANDING,
    "Payouts claimed": CLAIMED,
    "Without an amount": WITHOUT_AMOUNT,
    "Decline and hold reasons": REASONS,
    "Open by age": OPEN_BY_AGE,
    "Outstanding by age": OUTSTANDING_BY_AGE,
    "Time to claim": TIME_TO_CLAIM,
    "Funnel": FUNNEL,
}
"""Title and sentence of every number of the weekly report, in the order it lists them."""
