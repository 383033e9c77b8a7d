"""User: one person's check-ins, rewards and payouts on one timeline."""

import streamlit as st

from pages.access.guard import guard
from pages.analysis import metrics
from pages.ui import chrome, filters, states, tiles, user

guard()
user_id = filters.linked_user()
if user_id is None:
    chrome.screen("User")
    states.nothing("No user is chosen.", "Open one from the Users page, or search there.")
    st.page_link("users.py", label="Go to Users", icon=":material/group:")
    st.stop()

st.page_link("users.py", label="All users", icon=":material/arrow_back:")
screen = chrome.screen("User")
loaded = user.load(user_id)
if user.unknown(loaded, user_id):
    st.stop()
screen.show(loaded)
if not loaded.has("user"):
    st.stop()

user.head(loaded)
check_ins, rewards, payouts = user.lists(loaded)
tiles.user(loaded, metrics.user_totals(check_ins, rewards, payouts))

user.vehicles(loaded)
user.timeline(loaded, metrics.timeline(check_ins, rewards, payouts), filters.now())
