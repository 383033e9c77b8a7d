"""The columns and types of every frame: what the other rooms may count on.

Text is pandas' Arrow `str`, words of small vocabularies are `category` with exactly the words
present, sorted; times are `datetime64[us, UTC]`; money is whole cents as `Int64`; a missing value
is missing, never "" and never zero.
"""

from __future__ import annotations

from ownli_api.values import TIME

TEXT = "str"
WORD = "category"
WHOLE = "Int64"
FLAG = "boolean"

CHECK_INS = {
    "id": TEXT,
    "kind": WORD,
    "status": WORD,
    "checked_in_at": TIME,
    "updated_at": TIME,
    "owner_id": TEXT,
    "owner_name": TEXT,
    "license": TEXT,
    "state": TEXT,
    "note": TEXT,
    "user_note": TEXT,
    "fraud": FLAG,
    "mileage": WHOLE,
    "next_check_in_at": TIME,
}
REWARDS = {
    "id": TEXT,
    "status": WORD,
    "type": WORD,
    "description": TEXT,
    "action_code": TEXT,
    "client_reference": TEXT,
    "vehicle_id": TEXT,
    "payout_id": TEXT,
    "rewarded_at": TIME,
    "owner_id": TEXT,
    "owner_name": TEXT,
    "amount_cents": WHOLE,
    "buyer": TEXT,
}
PAYOUTS = {
    "id": TEXT,
    "owner_id": TEXT,
    "claimed_at": TIME,
    "amount_cents": WHOLE,
    "rewards_count": WHOLE,
    "rewards_cents": WHOLE,
    "payment_reference_id": TEXT,
}
PAID = {
    "id": TEXT,
    "status": WORD,
    "type": WORD,
    "description": TEXT,
    "vehicle_id": TEXT,
    "payout_id": TEXT,
    "rewarded_at": TIME,
    "amount_cents": WHOLE,
    "paid_by": TEXT,
}
USERS = {
    "id": TEXT,
    "first_name": TEXT,
    "last_name": TEXT,
    "name": TEXT,
    "email": TEXT,
    "phone": TEXT,
    "street": TEXT,
    "city": TEXT,
    "state": TEXT,
    "zip": TEXT,
    "registered_at": TIME,
    "updated_at": TIME,
    "email_verified": FLAG,
    "phone_verified": FLAG,
    "fraud": FLAG,
    "policy_number": TEXT,
    "policy_start": TIME,
    "policy_end": TIME,
    "tos_answer": TEXT,
    "partner_code": TEXT,
    "admin_note": TEXT,
    "custom_field_1": TEXT,
    "custom_field_2": TEXT,
    "custom_field_3": TEXT,
    "custom_field_4": TEXT,
    "custom_field_5": TEXT,
}
VEHICLES = {
    "id": TEXT,
    "license": TEXT,
    "vin": TEXT,
    "state": TEXT,
    "make": TEXT,
    "model": TEXT,
    "year": TEXT,
    "added_at": TIME,
    "updated_at": TIME,
    "owner_id": TEXT,
    "owner_name": TEXT,
    "active": FLAG,
}
PHOTOS = {"check_in_id": TEXT, "url": TEXT, "type": TEXT}
PRODUCTS = {
    "id": TEXT,
    "name": TEXT,
    "category": TEXT,
    "description": TEXT,
    "currency_codes": TEXT,
    "countries": TEXT,
}
