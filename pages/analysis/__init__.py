"""Pure analysis: frames in; numbers, figures and words out."""
