"""Words people leave behind: notes of reviewers and users, grants, products, funding buyers."""

from random import Random
from typing import TypeVar

Text = TypeVar("Text", str, str | None)

# The first ones are the usual ones (see `usual`), which leaves a tail, as real reviewers do.
DECLINE_NOTES: dict[str, tuple[str | None, ...]] = {
    "mileage": (
        "Odometer is not readable. Please take the photo again in better light.",
        "License plate does not match the vehicle on file.",
        None,
        "Reading is lower than the last confirmed one.",
        "odometer blurry",
    ),
    "condition": (
        "Photos are too dark to inspect the vehicle.",
        "Driver side photo is missing or shows the wrong side.",
        "License plate does not match the vehicle on file.",
        None,
        "too dark",
    ),
    "proof_of_address": (
        "Name on the document does not match the account.",
        "Document is older than 90 days.",
        "Address on the document does not match the address on file.",
        None,
        "This document type is not accepted.",
    ),
}
HOLD_NOTES: dict[str, tuple[str, ...]] = {
    "mileage": (
        "Please send a photo of the license plate.",
        "Please confirm the mileage: the reading is much higher than expected.",
    ),
    "condition": (
        "Passenger side photo is missing, please add it.",
        "Possible damage on the front bumper: please add a close-up.",
    ),
    "proof_of_address": (
        "Please upload page 2 of the document.",
        "Please upload a document that shows your full name.",
    ),
}
AWKWARD_NOTES = (
    "=SUM(A1:A9) pasted by mistake, odometer not readable",
    "Photo <img src=x onerror=alert(1)> unreadable",
    "-- see ticket #4711 & call back --\nSecond photo shows another vehicle's plate.",
    "Plate doesn’t match – “8ABC123” vs ![x](https://tracker.example.com/pixel.png)",
)
AWKWARD_NOTE_SHARE = 0.01
FRAUD_NOTE = "Same photo as in another account's check-in."
USER_NOTES = (
    "New tires since last month",
    "Sorry, it was raining",
    "moved in June, new address is on the bill",
)
DOCUMENT_TYPES = ("UtilityBill", "PhoneBill", "LeaseAgreement", "FinancialStatement", "Paycheck")

REWARD_WORDS = {
    "MileageCheckIn": "Mileage check-in",
    "ConditionCheckIn": "Vehicle condition check-in",
    "GaragingCheckIn": "Proof of address",
    "LowMileageBonus": "Low mileage bonus",
    "SurveyCompleted": "Driver survey",
}
PROMOTION_CODE = "safe-driver-weeks"
REFERRAL_CODE = "referral"
GOODWILL_CODE = "goodwill"
REVIEW_CODE = "app_review.2"
GRANT_WORDS = {
    PROMOTION_CODE: "Safe driver weeks",
    REFERRAL_CODE: "Thank you for referring a friend",
    GOODWILL_CODE: "Goodwill",
    REVIEW_CODE: "App review",
}
OTHER_GRANT_WORDS = "Granted by the partner"

PRODUCTS = (
    ("amazon", "Amazon.com Gift Card", "merchant_cards", "Redeemable at Amazon.com."),
    ("visa", "Virtual Visa", "visa", "Accepted online wherever Visa is."),
    ("paypal", "PayPal", "paypal", "Sent to a PayPal account."),
    ("ach", "Bank transfer", "bank", "To a US bank account in 1 to 3 business days."),
    ("foodbank", "Food bank donation", "charities", "The whole amount goes to a food bank."),
)
DISCLOSURE = "<p>Issued by an example bank. <b>Terms apply.</b></p>"
BUYERS = (
    ("XT_BUYNORTHLINE", "Northline Mutual", "Car insurance for people who drive less."),
    ("XT_BUYFAIRMILE", "Fairmile Insurance", "Pay for the miles you drive."),
)


def usual(rng: Random, texts: tuple[Text, ...]) -> Text:
    """One of the texts, the first ones most often."""
    return texts[int(rng.random() ** 2 * len(texts))]


def decline_note(rng: Random, kind: str) -> str | None:
    """What a reviewer writes when declining, None for nothing; now and then something awkward."""
    if rng.random() < AWKWARD_NOTE_SHARE:
        return rng.choice(AWKWARD_NOTES)
    return usual(rng, DECLINE_NOTES[kind])


def hold_note(rng: Random, kind: str) -> str:
    """What a reviewer asks for when putting a check-in on hold."""
    return usual(rng, HOLD_NOTES[kind])
