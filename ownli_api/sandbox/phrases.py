"""Words people leave behind: notes of reviewers and users, grants, products, funding buyers."""

from ownli_api.sandbox.facts import CONDITION, MILEAGE, PROOF_OF_ADDRESS

# Weights make some notes common enough to group and leave a tail, as real reviewers do.
DECLINE_NOTES: dict[str, tuple[tuple[str | None, int], ...]] = {
    MILEAGE: (
        ("Odometer is not readable. Please take the photo again in better light.", 30),
        ("License plate does not match the vehicle on file.", 22),
        ("Mileage entered does not match the odometer photo.", 18),
        ("Reading is lower than the last confirmed one.", 12),
        ("Photo shows the trip meter, not the odometer.", 10),
        ("Photo of a screen or printout.", 6),
        ("odometer blurry", 5),
        (None, 14),
    ),
    CONDITION: (
        ("Photos are too dark to inspect the vehicle.", 26),
        ("Driver side photo is missing or shows the wrong side.", 20),
        ("Vehicle is cut off. Step back so that the whole side is visible.", 18),
        ("License plate does not match the vehicle on file.", 12),
        ("Same photo sent for two angles.", 9),
        ("Photo of a screen or printout.", 5),
        ("too dark", 4),
        (None, 10),
    ),
    PROOF_OF_ADDRESS: (
        ("Name on the document does not match the account.", 26),
        ("Document is older than 90 days.", 24),
        ("Address on the document does not match the address on file.", 20),
        ("Document is cut off; all four corners must be visible.", 12),
        ("This document type is not accepted.", 8),
        (None, 10),
    ),
}
HOLD_NOTES: dict[str, tuple[tuple[str | None, int], ...]] = {
    MILEAGE: (
        ("Please send a photo of the license plate.", 30),
        ("Please confirm the mileage: the reading is much higher than expected.", 22),
        ("Odometer photo is blurry, please retake.", 20),
        ("New plates? Please update the vehicle or retake the plate photo.", 10),
    ),
    CONDITION: (
        ("Passenger side photo is missing, please add it.", 26),
        ("Possible damage on the front bumper: please add a close-up.", 18),
        ("Please retake the rear photo in daylight.", 16),
        ("Please remove the car cover and retake.", 6),
    ),
    PROOF_OF_ADDRESS: (
        ("Please upload page 2 of the document.", 24),
        ("Please upload a document that shows your full name.", 20),
        ("Unit number is missing on the document, please add another one.", 12),
    ),
}
AWKWARD_NOTES = (
    "=SUM(A1:A9) pasted by mistake, odometer not readable",
    "Photo <img src=x onerror=alert(1)> unreadable",
    "-- see ticket #4711 & call back --\nSecond photo shows another vehicle's plate.",
    "Plate doesn’t match – “8ABC123” vs ![x](https://tracker.example.com/pixel.png)",
)
FRAUD_NOTES = ("Photo was edited.", "Same photo as in another account's check-in.")
USER_NOTES = (
    "New tires since last month",
    "Sorry, it was raining",
    "The scratch on the door is old",
    "Car is parked in my sister's garage",
    "moved in June, new address is on the bill",
)
DOCUMENT_TYPES = (
    "UtilityBill",
    "UtilityBill",
    "PhoneBill",
    "LeaseAgreement",
    "FinancialStatement",
    "Paycheck",
)

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
