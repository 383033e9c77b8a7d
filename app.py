"""The server: `streamlit run app.py`. The page script is `pages/main.py`."""

import streamlit as st
from starlette.middleware import Middleware

from pages.access import device, doors, headers, hosts, incidents, media, sign_on_routes

incidents.redact_logs()
app = st.App(
    "pages/main.py",
    middleware=[
        Middleware(headers.SecurityHeaders, image_hosts=hosts.at_start().photos),
        Middleware(doors.Doors),
        Middleware(device.DeviceCookie),
        Middleware(sign_on_routes.SignOnRoutes),
        Middleware(media.MediaLock),
    ],
    on_script_error=incidents.show,
)
