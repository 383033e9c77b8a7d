"""The columns of the small tables behind the charts, in words."""

COUNT_AND_MONEY = {
    "count": "Rewards",
    "amount_cents": "Dollars",
    "without_amount": "Without an amount",
}
SUBMITTED = {"bucket": "From", "status": "Status", "count": "Check-ins"}
BY_KIND = {"kind": "Kind", "status": "Status", "count": "Check-ins"}
CONFIRMATION_RATE = {
    "bucket": "Week from",
    "kind": "Kind",
    "confirmed": "Confirmed",
    "declined": "Declined",
    "undecided": "Undecided",
    "rate": "Confirmation rate",
}
DURATIONS = {"label": "Time", "count": "Count"}
WEEKDAY_HOUR = {"weekday": "Weekday", "hour": "Hour", "count": "Check-ins"}
REASONS = {"note": "Note", "status": "Status", "count": "Check-ins", "share": "Share"}
OPEN_BY_AGE = {"age": "Age", "status": "Status", "count": "Check-ins"}
REWARDS_PER_WEEK = {
    "bucket": "Week from",
    "status": "Status",
    "count": "Rewards",
    "amount_cents": "Dollars",
}
MONEY_PER_WEEK = {"bucket": "Week from", "count": "Payouts", "amount_cents": "Dollars"}
PAYOUT_SIZES = {"label": "Amount", "count": "Payouts", "amount_cents": "Dollars"}
EARNED_AND_CLAIMED = {
    "bucket": "Week from",
    "what": "What",
    "amount_cents": "Dollars",
    "count": "Count",
}
TOP_EARNERS = {"owner_name": "User", "count": "Rewards", "amount_cents": "Dollars"}
FUNNEL = {"stage": "Stage", "count": "Check-ins", "share": "Share", "lost": "Lost", "loss": "Why"}
NEW_USERS = {"bucket": "Week from", "count": "New users"}
