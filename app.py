"""The server: `streamlit run app.py`. The page script is `pages/main.py`."""

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from pages import settings
from pages.access import device_cookie, headers, incidents, request_filter, single_sign_on_routes

incidents.redact_logs()
if served := settings.host_names("server.hosts"):
    # Streamlit's own option, so that one file and one set of variables hold every setting.
    config.set_option("server.allowedHosts", ["localhost", "127.0.0.1", *served])
app = st.App(
    "pages/main.py",
    middleware=[
        Middleware(headers.SecurityHeaders, image_hosts=settings.host_names("photos.hosts")),
        Middleware(device_cookie.DeviceCookie),
        Middleware(request_filter.RequestFilter),
        Middleware(single_sign_on_routes.SingleSignOnRoutes),
    ],
    on_script_error=incidents.show,
)
