"""The lists of the cache over real HTTP: as the world is, for as few requests as promised."""

from __future__ import annotations

import math
from collections import Counter
from datetime import timedelta
from random import Random

import pandas as pd
import pytest

from ownli_api.cache import Lists
from ownli_api.client import OwnliClient, Span
from ownli_api.sandbox import Sandbox, World
from ownli_api.settings import Settings
from tests.api.cache_tools import LONG_AGO, MADE_AT, Hand, as_bytes, lists_at, read, until_quiet

pytestmark = pytest.mark.usefixtures("no_pauses")

KINDS = ("condition", "mileage", "proof_of_address")
OPEN = ("OnHold", "Pending")
MOST_REQUESTS_UNCHANGED = 14


def weeks_ago(hand: Hand, weeks: int) -> list[Span]:
    """The spans of the last so many seven days, oldest first; the last one ends now."""
    ends = [hand.now - timedelta(weeks=back) for back in range(weeks)][::-1]
    return [Span(end - timedelta(weeks=1), end - timedelta(milliseconds=1)) for end in ends]


def test_a_cold_load_holds_the_world(sandbox, client, hand):
    world, held = sandbox.world, read(lists_at(hand), client)
    for noun, records in (
        ("check_ins", world.check_ins),
        ("rewards", world.rewards),
        ("payouts", world.payouts),
        ("vehicles", world.vehicles),
    ):
        assert set(held[noun].frame["id"]) == set(records), noun
        assert held[noun].complete
        assert held[noun].problems == ()
        assert held[noun].error is None
    dated = held["payouts"].frame.set_index("id")
    for id, payout in world.payouts.items():
        assert dated.loc[id, "claimed_at"] == sandbox.shown(payout.claimed_at)
        assert dated.loc[id, "amount_cents"] == payout.cents
        assert dated.loc[id, "owner_id"] == payout.owner_id
        assert dated.loc[id, "rewards_count"] == len(payout.reward_ids)


def test_check_ins_are_those_of_the_history_and_all_open_ones(sandbox, client, hand):
    frame = lists_at(hand, history_weeks=4).check_ins(client).result().frame
    monday = (hand.now - timedelta(days=hand.now.weekday(), weeks=4)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    wanted = {
        one.id
        for one in sandbox.world.check_ins.values()
        if one.checked_in_at >= monday or one.status in OPEN
    }
    older = [one for one in sandbox.world.check_ins.values() if one.checked_in_at < monday]
    assert any(one.status in OPEN for one in older), "the world has nothing to prove this with"
    assert set(frame["id"]) == wanted
    assert frame["checked_in_at"].is_monotonic_increasing


def test_asking_for_older_check_ins_waits_for_them(sandbox, client, hand):
    lists = lists_at(hand, history_weeks=4)
    lists.check_ins(client).result()
    assert lists.check_ins(client, hand.now - timedelta(weeks=1)).done()
    held = lists.check_ins(client, hand.now - timedelta(weeks=8)).result()
    cold = lists_at(hand, history_weeks=8).check_ins(client).result()
    pd.testing.assert_frame_equal(held.frame, cold.frame)


def test_a_younger_since_never_downloads(sandbox, client, hand):
    lists = lists_at(hand, history_weeks=4)
    lists.check_ins(client, hand.now - timedelta(weeks=20)).result()
    sandbox.forget()
    for weeks in (1, 5, 19):
        assert lists.check_ins(client, hand.now - timedelta(weeks=weeks)).done()
    assert lists.check_ins(client).done()
    assert sandbox.requests == []


def test_an_old_check_in_is_let_go_when_it_is_decided(sandbox, client, hand):
    world = sandbox.world
    # A time that does not move on when a week ends meanwhile, as the start of the history does.
    since = hand.now - timedelta(weeks=2)
    lists = lists_at(hand, history_weeks=1)
    lists.check_ins(client, since).result()
    old = next(
        one
        for one in sorted(world.check_ins.values(), key=lambda one: one.checked_in_at)
        if one.status == "OnHold"
    )
    assert old.checked_in_at < hand.now - timedelta(weeks=4)
    hand.forward(minutes=2)
    world.send_again(old.id, at=hand.now)
    hand.forward(minutes=2)
    assert old.id in set(lists.check_ins(client, since).result().frame["id"])
    world.decide(old.id, "Confirmed", at=hand.now)
    hand.forward(minutes=2)
    held = lists.check_ins(client, since).result()
    assert old.id not in set(held.frame["id"])
    cold = lists_at(hand, history_weeks=1).check_ins(client, since).result()
    assert as_bytes(held.frame) == as_bytes(cold.frame)


def test_an_unchanged_refresh_of_everything_takes_at_most_fourteen_requests(sandbox, client):
    hand = Hand(sandbox.world.now())
    lists = Lists(clock=hand)
    spans = weeks_ago(hand, 13)
    read(lists, client, None)
    lists.payouts(client).wait(60)
    lists.new_users(client, spans).result()
    until_quiet(lists)
    versions = {noun: held.version for noun, held in read(lists, client, None).items()}
    sandbox.forget()
    lists.refresh(client)
    until_quiet(lists)
    asked = Counter(seen.template for seen in sandbox.requests)
    assert set(asked) >= {"/api/rewards", "/api/vehicles", "/api/users/list"}
    assert sum(asked.values()) <= MOST_REQUESTS_UNCHANGED, asked
    after = read(lists, client, None)
    assert {noun: held.version for noun, held in after.items()} == versions


def test_a_cold_load_takes_the_pages_and_a_handful_more(client_settings, hand):
    sandbox = Sandbox(World.make(seed=3, users=150, now=MADE_AT))
    sandbox.faults.page_cap = 20
    with sandbox:
        settings = Settings(
            sandbox.base_url, sandbox.partner_id, sandbox.client_id, sandbox.client_secret
        )
        lists, client = Lists(clock=hand), OwnliClient(settings)
        tickets = [lists.check_ins(client), lists.rewards(client)]
        for ticket in tickets:
            ticket.result()
        kinds = Counter(one.kind for one in sandbox.world.check_ins.values())
        pages = sum(
            math.ceil(count / 20) for count in [*kinds.values(), len(sandbox.world.rewards)]
        )
        assert len(sandbox.requests) <= math.floor(pages * 1.02) + 10
        client.close()


def test_a_refresh_sees_what_happened_and_nobody_sees_half_of_it(sandbox, client, hand):
    lists = lists_at(hand)
    before = read(lists, client)
    hand.forward(minutes=2)
    events = sandbox.world.step(Random(1), 40, at=hand.now)
    hand.forward(seconds=1)
    bytes_before = as_bytes(before["check_ins"].frame)
    lists.refresh(client)
    after = read(lists, client)
    assert as_bytes(before["check_ins"].frame) == bytes_before, "a version changed under its reader"
    submitted = {event.id for event in events if event.what == "submitted"}
    assert submitted
    assert submitted <= set(after["check_ins"].frame["id"])
    assert not submitted & set(before["check_ins"].frame["id"])
    claimed = [event.id for event in events if event.what == "claimed"]
    assert claimed
    assert set(claimed) <= set(after["payouts"].frame["id"])
    assert after["rewards"].version > before["rewards"].version


def test_a_reader_who_changes_a_frame_changes_nobody_elses(sandbox, client, hand):
    lists = lists_at(hand)
    mine = lists.rewards(client).result().frame
    cents = int(mine["amount_cents"].sum())
    mine["amount_cents"] = 0
    mine.loc[0, "owner_id"] = "somebody else"
    yours = lists.rewards(client).result().frame
    assert int(yours["amount_cents"].sum()) == cents
    assert "somebody else" not in set(yours["owner_id"])


def test_payouts_come_from_one_list_for_those_who_know_its_path(hand):
    with Sandbox(World.make(seed=7, users=60, now=MADE_AT), payouts_path="/api/payouts") as sandbox:
        settings = Settings(
            sandbox.base_url,
            sandbox.partner_id,
            sandbox.client_id,
            sandbox.client_secret,
            payouts_path="/api/payouts",
        )
        client = OwnliClient(settings)
        held = lists_at(hand).payouts(client).result()
        assert held.complete
        assert set(held.frame["id"]) == set(sandbox.world.payouts)
        assert not any("by-id" in seen.template for seen in sandbox.requests)
        client.close()


def test_payouts_once_dated_are_never_asked_for_again(sandbox, client, hand):
    lists = lists_at(hand)
    read(lists, client)
    sandbox.forget()
    hand.forward(minutes=2)
    user = next(one.owner_id for one in sandbox.world.rewards.values() if one.status == "Confirmed")
    sandbox.world.grant(user, 500, "goodwill", at=hand.now)
    payout = sandbox.world.claim(user, at=hand.now)
    hand.forward(seconds=1)
    held = read(lists, client)["payouts"]
    owners = [seen for seen in sandbox.requests if seen.template.endswith("/payouts")]
    assert len(owners) == 1, "only the owner of the new payout is asked"
    assert held.frame.set_index("id").loc[payout.id, "amount_cents"] == payout.cents


def test_new_users_of_closed_spans_are_asked_once(sandbox, client, hand):
    lists, spans = lists_at(hand), weeks_ago(hand, 5)
    frame = lists.new_users(client, spans).result().frame
    for span, count in zip(spans, frame["count"], strict=True):
        assert count == sum(
            span.start <= user.registered_at <= span.end for user in sandbox.world.users.values()
        )
    sandbox.forget()
    sandbox.world.register(at=hand.now - timedelta(minutes=1))
    hand.forward(minutes=2)
    again = lists.new_users(client, spans).result().frame
    assert len(sandbox.requests) == 1, "only the span that still runs is asked"
    assert again["count"].iloc[-1] == frame["count"].iloc[-1] + 1


def test_reload_asks_for_everything_and_a_day_later_it_happens_by_itself(sandbox, client, hand):
    lists = lists_at(hand)
    read(lists, client)
    reward = next(one for one in sandbox.world.rewards.values() if one.status == "Claimed")
    sandbox.world.amend(reward.id, cents=reward.cents + 1)
    hand.forward(minutes=2)
    lists.refresh(client)

    def cents() -> int:
        frame = lists.rewards(client).result().frame.set_index("id")
        return int(frame.loc[reward.id, "amount_cents"])

    assert cents() == reward.cents - 1, "an amount corrected leaves no trace in counts"
    lists.reload(client)
    assert cents() == reward.cents
    sandbox.world.amend(reward.id, cents=reward.cents + 1)
    hand.forward(hours=25)
    assert cents() == reward.cents


def test_health_tells_rows_bytes_and_requests(sandbox, client, hand):
    lists = lists_at(hand)
    read(lists, client, LONG_AGO)
    health = lists.health().set_index("list")
    assert health.loc["check_ins", "rows"] == len(sandbox.world.check_ins)
    assert health.loc["rewards", "rows"] == len(sandbox.world.rewards)
    asked = len([seen for seen in sandbox.requests if not seen.path.startswith("/api/auth")])
    assert health["requests"].sum() == asked
    assert (health["bytes"] > 0).all()
    assert not health["refreshing"].any()
    assert health["last_error"].isna().all()


@pytest.mark.parametrize("status", ["403", "500"])
def test_one_owner_ownli_fails_on_does_not_keep_the_others_from_being_dated(
    sandbox, client, hand, status
):
    lists = lists_at(hand)
    unlucky = max(sandbox.world.payouts.values(), key=lambda payout: payout.claimed_at).owner_id
    path = f"/api/users/by-id/{unlucky}/payouts"
    sandbox.faults.add(status, path, times=None)
    held = read(lists, client)["payouts"]
    undated = held.frame[held.frame["claimed_at"].isna()]
    assert set(undated["owner_id"]) == {unlucky}
    assert held.undated == len(undated)
    assert any(unlucky in problem for problem in held.problems)
    for _ in range(3):
        hand.forward(minutes=5)
        again = read(lists, client)["payouts"]
        assert again.error is None, "one owner's failure is not the list's, however long it lasts"
        assert any(unlucky in problem for problem in again.problems)
    sandbox.faults.clear()
    hand.forward(minutes=5)
    assert read(lists, client)["payouts"].undated == 0


@pytest.mark.parametrize(
    ("field", "said"), [("dateClaimed", "no date yet"), ("amount", "without a readable amount")]
)
def test_a_payout_that_came_half_is_named_and_asked_about_again(sandbox, client, hand, field, said):
    lists = lists_at(hand)
    unlucky = max(sandbox.world.payouts.values(), key=lambda payout: payout.claimed_at).owner_id
    path = f"/api/users/by-id/{unlucky}/payouts"
    sandbox.faults.add("wrong_type", path, times=1, field=field, value={})
    held = read(lists, client)["payouts"]
    (problem,) = held.problems
    assert said in problem
    hand.forward(minutes=5)
    asked = len(sandbox.requests)
    assert read(lists, client)["payouts"].problems == (problem,)
    assert not any(seen.path == path for seen in sandbox.requests[asked:]), "asked too soon"
    hand.forward(minutes=61)
    held = read(lists, client)["payouts"]
    assert held.problems == ()
    mended = held.frame.set_index("id")["amount_cents"]
    assert mended.to_dict() == {one.id: one.cents for one in sandbox.world.payouts.values()}
    assert held.undated == 0


def test_an_ownli_that_fails_on_everybodys_payouts_is_told_after_a_few(sandbox, client, hand):
    sandbox.faults.add("403", "/api/users/by-id/", times=None)
    lists = lists_at(hand)
    ticket = lists.payouts(client)
    ticket.wait(20)
    held = ticket.now()
    owners = {seen.path for seen in sandbox.requests if seen.template.endswith("/payouts")}
    assert len(owners) <= 20
    assert held is not None
    assert held.error is not None
    assert held.undated == len(sandbox.world.payouts)
