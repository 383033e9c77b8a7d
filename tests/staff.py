"""A staff file as tests fill and change it: directly, and unrecorded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pages.access.staff_file import People, StaffFile, StaffRecord


class EditableStaffFile(StaffFile):
    """The product's staff file with two shortcuts."""

    def add(self, record: StaffRecord) -> None:
        """Add an account."""

        def added(people: People) -> None:
            people[record.name] = record

        self.edit(added)

    def change(self, name: str, **values: Any) -> StaffRecord:
        """Change fields of one account."""

        def changed(people: People) -> None:
            people[name] = replace(people[name], **values)

        return self.edit(changed)[name]
