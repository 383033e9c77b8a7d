"""What each role may do."""

import pytest

from pages.access.rights import Person, Right, Role

TABLE = {
    Role.VIEWER: {Right.SEE},
    Role.ANALYST: {Right.SEE, Right.REVEAL, Right.EXPORT_UNMASKED},
    Role.ADMIN: set(Right),
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("right", list(Right))
def test_a_role_may_do_what_the_table_of_roles_says_and_nothing_else(role, right):
    assert Person("x", "X", role).may(right) == (right in TABLE[role])
