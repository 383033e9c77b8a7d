"""Whole lists over real HTTP equal the world, whatever the server does on the way."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from ownli_api.client import OwnliClient, Span
from ownli_api.errors import FixSettings, ListIncomplete, Refused
from ownli_api.sandbox import Sandbox, World
from ownli_api.settings import Settings

KINDS = ("mileage", "condition", "proof_of_address")


def pages(count: int, size: int) -> int:
    return max(1, math.ceil(count / size))


def most_requests(count: int, size: int) -> int:
    return math.floor(pages(count, size) * 1.02) + 10


@pytest.mark.parametrize("kind", KINDS)
def test_check_ins_are_all_of_the_worlds_oldest_first(client, sandbox, kind):
    listing = client.check_ins(kind)
    world = [one for one in sandbox.world.check_ins.values() if one.kind == kind]
    frame = listing.frame.set_index("id")
    assert set(frame.index) == {one.id for one in world}
    assert len(frame) == listing.total_items == len(world)
    assert frame["checked_in_at"].is_monotonic_increasing
    assert set(frame["kind"]) == {kind}
    for one in world:
        row = frame.loc[one.id]
        assert row["status"] == one.status
        assert row["checked_in_at"] == sandbox.shown(one.checked_in_at)
        assert row["updated_at"] == sandbox.shown(one.updated_at)
        assert row["owner_id"] == one.owner_id
        assert (None if pd.isna(row["note"]) else row["note"]) == one.admin_note
        assert (None if pd.isna(row["mileage"]) else row["mileage"]) == one.mileage
        if kind == "proof_of_address":
            assert row["state"] == sandbox.world.users[one.owner_id].address.state
    assert listing.problems == ()
    assert listing.as_of.tzinfo is UTC


def test_rewards_are_all_of_the_worlds_to_the_cent(client, sandbox):
    listing = client.rewards()
    world = sandbox.world.rewards
    frame = listing.frame.set_index("id")
    assert frame["amount_cents"].to_dict() == {one.id: one.cents for one in world.values()}
    assert frame["status"].astype("str").to_dict() == {one.id: one.status for one in world.values()}
    assert frame["payout_id"].dropna().to_dict() == {
        one.id: one.payout_id for one in world.values() if one.payout_id
    }
    assert frame["rewarded_at"].is_monotonic_increasing


def test_vehicles_are_all_of_the_worlds(client, sandbox):
    listing = client.vehicles()
    frame = listing.frame.set_index("id")
    assert frame["owner_id"].to_dict() == {
        one.id: one.owner_id for one in sandbox.world.vehicles.values()
    }
    assert frame["added_at"].is_monotonic_increasing


def test_a_span_includes_both_its_ends_to_the_millisecond(client, sandbox):
    rewards = sorted(sandbox.world.rewards.values(), key=lambda one: one.rewarded_at)
    first, last = rewards[3], rewards[-4]
    span = Span(first.rewarded_at, last.rewarded_at)
    found = set(client.rewards(rewarded=span).frame["id"])
    assert found == {
        one.id
        for one in rewards
        if sandbox.shown(first.rewarded_at) <= one.rewarded_at <= sandbox.shown(last.rewarded_at)
    }
    narrower = Span(span.start + timedelta(milliseconds=1), span.end - timedelta(milliseconds=1))
    assert first.id not in set(client.rewards(rewarded=narrower).frame["id"])


def test_filters_reach_ownli(client, sandbox):
    world = sandbox.world
    on_hold = {one.id for one in world.check_ins.values() if one.status == "OnHold"}
    found = pd.concat([client.check_ins(kind, status="OnHold").frame for kind in KINDS])
    assert set(found["id"]) == on_hold
    assert client.count_rewards(status="Claimed") == sum(
        one.status == "Claimed" for one in world.rewards.values()
    )
    now = world.now()
    since = Span(now - timedelta(days=7), now + timedelta(days=1))
    updated = set(client.check_ins("mileage", updated=since).frame["id"])
    assert updated == {
        one.id
        for one in world.check_ins.values()
        if one.kind == "mileage" and one.updated_at >= now - timedelta(days=7, milliseconds=-1)
    }


def test_a_span_without_a_zone_is_refused_before_anything_is_asked():
    with pytest.raises(ValueError, match="time zone"):
        Span(datetime(2024, 1, 1), datetime(2024, 1, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("fault", "size"), [({"page_cap": 20}, 20), ({"refuse_size_over": 50}, 50), ({}, 500)]
)
def test_any_page_size_is_found_out_with_few_requests(client, sandbox, fault, size):
    sandbox.faults.set(**fault)
    listing = client.rewards()
    assert set(listing.frame["id"]) == set(sandbox.world.rewards)
    assert listing.requests <= most_requests(len(sandbox.world.rewards), size)
    again = client.rewards()
    assert again.requests <= pages(len(sandbox.world.rewards), size) + 2
    assert client.stats().page_size == size


def test_a_page_size_found_out_by_one_client_is_known_to_the_next(client_settings, sandbox):
    sandbox.faults.set(refuse_size_over=50)
    for _ in range(2):
        client = OwnliClient(client_settings)
        client.rewards()
        client.close()
    sizes = [seen.query["size"] for seen in sandbox.requests if seen.template == "/api/rewards"]
    assert sizes.count("500") == 1


def test_progress_is_told_in_pages(client, sandbox):
    sandbox.faults.set(page_cap=20)
    seen: list[tuple[int, int]] = []
    client.rewards(progress=lambda done, known: seen.append((done, known)))
    assert max(known for _, known in seen) >= pages(len(sandbox.world.rewards), 20)
    assert seen[-1][0] == seen[-1][1]


def test_a_token_that_dies_in_the_middle_is_renewed_without_a_word(client, sandbox):
    sandbox.faults.set(page_cap=10, token_seconds=1.0, token_says_seconds=3600)
    sandbox.faults.set(latency_seconds=0.15)
    listing = client.rewards()
    assert set(listing.frame["id"]) == set(sandbox.world.rewards)
    tokens = [seen for seen in sandbox.requests if seen.method == "POST"]
    assert 1 < len(tokens) < 12


@pytest.mark.parametrize("kind", ["401", "429", "502", "503", "504", "drop", "cut_short"])
@pytest.mark.parametrize("after", [0, 3])
def test_a_fault_that_passes_does_not_show(client, sandbox, kind, after):
    sandbox.faults.set(page_cap=40)
    sandbox.faults.add(kind, "/api/rewards", times=2 if kind != "401" else 1, after=after)
    listing = client.rewards()
    assert set(listing.frame["id"]) == set(sandbox.world.rewards)
    assert listing.problems == ()


@pytest.mark.parametrize("dated", ["now", "oldest"])
def test_rows_that_arrive_while_a_list_is_read_do_not_push_others_out(client, sandbox, dated):
    before = set(sandbox.world.rewards)
    sandbox.faults.set(
        page_cap=25, insert_rows_while_paging=2, insert_rows_dated=dated, drift_limit=6
    )
    listing = client.rewards()
    found = set(listing.frame["id"])
    assert before <= found <= set(sandbox.world.rewards)
    assert listing.total_items == len(listing.frame)


def test_rows_that_vanish_while_a_list_is_read_take_no_others_with_them(client, sandbox):
    sandbox.faults.set(page_cap=25, vanish_rows_while_paging=1, drift_limit=4)
    listing = client.rewards()
    assert set(listing.frame["id"]) >= set(sandbox.world.rewards)
    assert listing.total_items == len(listing.frame)


def test_a_list_that_never_stands_still_is_withheld_and_not_shortened(client, sandbox):
    sandbox.faults.set(page_cap=10, insert_rows_while_paging=40)
    with pytest.raises(ListIncomplete):
        client.rewards()
    assert len(sandbox.requests) < 1_500


@pytest.mark.parametrize(
    ("value", "total"), [(None, None), (-1, None), ("+7", "error"), ("-7", "error")]
)
def test_a_wrong_count_never_cuts_a_list(client, sandbox, value, total):
    sandbox.faults.set(page_cap=25)
    sandbox.faults.add("total_items", "/api/rewards", times=None, value=value)
    if total == "error":
        with pytest.raises(ListIncomplete):
            client.rewards()
        return
    listing = client.rewards()
    assert set(listing.frame["id"]) == set(sandbox.world.rewards)
    assert len(listing.problems) == 1
    if total is None:
        assert listing.total_items is None


def test_a_page_that_repeats_once_is_read_again(client, sandbox):
    sandbox.faults.set(page_cap=25)
    sandbox.faults.add("repeat_page", "/api/rewards", times=1, after=2)
    assert set(client.rewards().frame["id"]) == set(sandbox.world.rewards)


def test_mistyped_and_missing_fields_cost_only_themselves(client, sandbox):
    sandbox.faults.add("wrong_type", "/api/rewards", times=None, field="amount", every=10)
    sandbox.faults.add("missing_field", "/api/rewards", times=None, field="owner", every=7)
    sandbox.faults.add("unknown_word", "/api/rewards", times=None, field="status", every=9)
    listing = client.rewards()
    assert set(listing.frame["id"]) == set(sandbox.world.rewards)
    lost = listing.frame["amount_cents"].isna().sum()
    assert lost
    assert any(
        f"{lost:,} rewards came with an unreadable amount" in one for one in listing.problems
    )
    assert listing.frame["owner_id"].isna().any()


def test_rows_without_an_id_are_set_aside_and_counted(client, sandbox):
    sandbox.faults.add("missing_field", "/api/rewards", times=None, field="id", every=50)
    listing = client.rewards()
    left_out = len(sandbox.world.rewards) - len(listing.frame)
    assert left_out == listing.set_aside > 0
    assert listing.problems == (
        f"{left_out} rewards could not be read (no id) and had to be left out.",
    )


def test_nulls_for_what_is_absent_are_no_problem(client, sandbox):
    sandbox.faults.set(nulls=True)
    for listing in (client.rewards(), client.vehicles(), *map(client.check_ins, KINDS)):
        assert listing.problems == ()
        assert len(listing.frame) == listing.total_items


def test_an_empty_partner_has_empty_frames_with_all_columns():
    with Sandbox(World.make(users=0)) as sandbox:
        settings = Settings(
            sandbox.base_url, sandbox.partner_id, sandbox.client_id, sandbox.client_secret
        )
        client = OwnliClient(settings)
        for listing in (client.rewards(), client.vehicles(), client.users_page()):
            assert listing.total_items == 0
            assert listing.frame.empty
            assert "owner_id" in listing.frame or "email" in listing.frame
        assert client.count_users() == 0
        client.close()


def test_payouts_of_all_users_need_the_path_that_nobody_documented(client, client_settings):
    with pytest.raises(FixSettings, match="OWNLI_PAYOUTS_PATH"):
        client.payouts()
    with pytest.raises(FixSettings, match="OWNLI_PAYOUTS_PATH"):
        client.payouts_page()
    world = World.make(seed=7, users=60)
    with Sandbox(world, payouts_path="/api/payouts") as sandbox:
        settings = Settings(
            sandbox.base_url,
            sandbox.partner_id,
            sandbox.client_id,
            sandbox.client_secret,
            payouts_path="/api/payouts",
        )
        paid = OwnliClient(settings)
        frame = paid.payouts().frame.set_index("id")
        assert frame["amount_cents"].to_dict() == {
            one.id: one.cents for one in world.payouts.values()
        }
        assert (frame["amount_cents"] == frame["rewards_cents"]).all()
        listing, rewards = paid.payouts_page(size=5)
        newest_first = sorted(world.payouts.values(), key=lambda one: one.claimed_at, reverse=True)
        assert set(listing.frame["id"]) == {one.id for one in newest_first[:5]}
        assert listing.total_items == len(world.payouts)
        assert dict(zip(rewards["id"], rewards["paid_by"], strict=True)) == {
            reward_id: one.id for one in newest_first[:5] for reward_id in one.reward_ids
        }
        paid.close()


def test_a_word_that_ownli_does_not_know_is_its_refusal(client):
    with pytest.raises(Refused) as caught:
        client.rewards(status="Reviewed")
    assert caught.value.status == 400
    assert client.stats().page_size == 500  # what was refused is not the size


def test_many_pages_are_asked_side_by_side(client_settings, sandbox):
    sandbox.faults.set(page_cap=10, latency_seconds=0.05)
    client = OwnliClient(replace(client_settings, parallel_requests=8))
    client.count_users()
    listing = client.rewards()
    seen = [one for one in sandbox.requests if one.template == "/api/rewards"]
    took = seen[-1].at - seen[0].at
    assert took < listing.requests * 0.05 / 2  # one after the other it would be twice that
    client.close()


def test_a_count_beyond_all_measure_is_noticed_after_two_pages(sandbox, client):
    sandbox.faults.add("total_items", "/api/rewards", times=None, value=10**9)
    with pytest.raises(ListIncomplete):
        client.rewards()
    asked = [seen for seen in sandbox.requests if seen.path == "/api/rewards"]
    assert len(asked) <= 3
