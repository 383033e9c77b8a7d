"""The screens by Streamlit's AppTest and over its websocket, without a browser."""
