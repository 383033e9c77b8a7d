"""Attacks over HTTP and the websocket only, written from the promises without reading the code."""
