"""Details nobody stores: photo and document addresses, buyers, products - made from ids."""

from typing import Any

from ownli_api.sandbox import phrases
from ownli_api.sandbox.records import CheckIn, Payout, Reward, User

Json = dict[str, Any]

PHOTO_HOST = "https://photos.example.com"
FILE_HOST = "https://files.example.com"
PAYMENT_HOST = "https://pay.example.com"
REQUIRED_ANGLES = ("Front", "Back", "DriverSide", "PassengerSide")
EXTRA_ANGLES = ("DriverSideFront", "DriverSideBack", "PassengerSideFront", "PassengerSideBack")
DAMAGED_ONE_IN = 23


def products() -> list[Json]:
    """What a claim can be paid out as."""
    return [
        {
            "id": id,
            "name": name,
            "currencyCodes": ["USD"],
            "countries": ["US"],
            "description": description,
            "disclosure": phrases.DISCLOSURE,
            "category": category,
            "images": [{"src": f"{PHOTO_HOST}/products/{id}.png", "type": "card"}],
        }
        for id, name, category, description in phrases.PRODUCTS
    ]


def photo(check_in: CheckIn, what: str, owner: User | None) -> Json:
    """A photo of a check-in, taken at the owner's home."""
    sent: Json = {"photoUrl": f"{PHOTO_HOST}/{check_in.id}/{what}.jpg"}
    if owner is not None:
        sent |= {"latitude": owner.address.latitude, "longitude": owner.address.longitude}
    return sent


def angles(check_in: CheckIn, owner: User | None) -> list[Json]:
    """The four required photos of a condition check-in and some of the optional ones."""
    number = _number(check_in.id)
    taken = REQUIRED_ANGLES + EXTRA_ANGLES[: number % (len(EXTRA_ANGLES) + 1)]
    wrong = check_in.status in ("Declined", "OnHold")
    return [
        photo(check_in, angle, owner)
        | {
            "type": angle,
            "markedInvalidByReview": wrong and place == number % len(REQUIRED_ANGLES),
            "damageDetected": place == 0 and number % DAMAGED_ONE_IN == 0,
        }
        for place, angle in enumerate(taken)
    ]


def buyer(reward: Reward) -> Json | None:
    """The company funding a reward; none for what the partner grants itself."""
    if reward.action_code is not None:
        return None
    id, name, description = phrases.BUYERS[_number(reward.owner_id) % len(phrases.BUYERS)]
    return {
        "id": id,
        "name": name,
        "logo": f"{PHOTO_HOST}/buyers/{id}.png",
        "shortDescription": description,
        "featured": False,
    }


def payment_link(payout: Payout) -> str:
    """Where the money is taken: whoever holds the link holds the money."""
    return f"{PAYMENT_HOST}/redeem/{payout.payment_reference_id[::-1]}"


def _number(id: str) -> int:
    return int(id[-4:], 16)
