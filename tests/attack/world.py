"""What the stand-in Ownli knows: values nobody may see, read over its documented REST API."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

import requests


@dataclass(frozen=True)
class World:
    """Values by kind; every value is a text that must not be found."""

    users: list[dict]
    vehicles: list[dict]
    contact: dict[str, set[str]]
    links: set[str]

    def found_in(self, seen: bytes, *, allowed: Iterable[str] = ()) -> list[str]:
        """The contact details and payment links somewhere in `seen`, as "kind: value"."""
        permitted = {value.lower() for value in allowed}
        text = seen.decode(errors="replace").replace("\\/", "/").lower()
        kinds = {**self.contact, "payment link": self.links}
        return [
            f"{kind}: {value}"
            for kind, values in kinds.items()
            for value in values
            if value.lower() in text and value.lower() not in permitted
        ]

    def values_of(self, user: dict) -> set[str]:
        """The contact details and policy number of one user, in every spelling."""
        owned = [v for v in self.vehicles if v.get("owner", {}).get("id") == user["id"]]
        cars = {v[key] for v in owned for key in ("vin", "license") if v.get(key)}
        return {
            *(user.get("email") or "-", user["address"].get("addressLine1") or "-"),
            (user.get("policyInfo") or {}).get("policyNumber") or "-",
            *spellings(user.get("phone") or "-"),
            *cars,
        }


def spellings(phone: str) -> set[str]:
    """A phone number as people and programs write it."""
    digits = re.sub(r"\D", "", phone)[-10:]
    if len(digits) < 10:
        return {phone}
    a, b, c = digits[:3], digits[3:6], digits[6:]
    return {phone, digits, f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"{a}.{b}.{c}", f"{a} {b} {c}"}


def read_world(sandbox: dict[str, str]) -> World:
    """Ask the stand-in for everything, as an administrator of the partner."""
    base_url = sandbox["OWNLI_BASE_URL"]
    asked = {
        "clientId": sandbox["OWNLI_CLIENT_ID"],
        "clientSecret": sandbox["OWNLI_CLIENT_SECRET"],
        "partnerId": sandbox["OWNLI_PARTNER_ID"],
        "scope": "admin",
    }
    http = requests.Session()
    token = http.post(f"{base_url}/api/auth/token", json=asked, timeout=10).json()
    http.headers["Authorization"] = f"Bearer {token['access_token']}"

    def whole(path: str, key: str) -> list[dict]:
        rows: list[dict] = []
        while True:
            where = {"page": len(rows) // 100, "size": 100}
            page = http.get(base_url + path, params=where, timeout=10).json()
            rows += page[key]
            if not page[key] or len(rows) >= page["totalItems"]:
                return rows

    users, vehicles = whole("/api/users/list", "users"), whole("/api/vehicles", "vehicles")
    proofs = whole("/api/checkins/proof-of-address", "checkins")
    cars = [
        c for kind in ("mileage", "condition") for c in whole(f"/api/checkins/{kind}", "checkins")
    ]
    addresses = [row.get("address") or {} for row in (*users, *proofs)]
    addresses += [(row.get("insights") or {}).get("address") or {} for row in proofs]
    links = {
        re.sub(r"^https?://", "", payout["paymentReferenceLink"]).split("/", 1)[1]
        for user in users
        for payout in http.get(
            f"{base_url}/api/users/by-id/{user['id']}/payouts", timeout=10
        ).json()
        if payout.get("paymentReferenceLink")
    }
    contact = {
        "e-mail": {user["email"] for user in users if user.get("email")},
        "phone": {s for user in users if user.get("phone") for s in spellings(user["phone"])},
        "street": {a["addressLine1"] for a in addresses if a.get("addressLine1")},
        "vin": {vehicle["vin"] for vehicle in vehicles if vehicle.get("vin")},
        "plate": {
            row["license"] for row in (*vehicles, *cars) if len(row.get("license") or "") > 5
        },
        "policy": {
            user["policyInfo"]["policyNumber"]
            for user in users
            if (user.get("policyInfo") or {}).get("policyNumber")
        },
    }
    return World(users, vehicles, contact, links)


def unpacked(content: bytes) -> bytes:
    """A file's bytes; of a workbook, those of its parts."""
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return b"\n".join(book.read(name) for name in book.namelist())
