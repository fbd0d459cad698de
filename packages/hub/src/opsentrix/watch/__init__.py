"""The hub watches itself: samples of its own condition, the canary, and the dead man's switch."""
