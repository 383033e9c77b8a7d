"""Pure analysis: frames in; numbers, figures and words out. No streamlit, network, files or clock."""
