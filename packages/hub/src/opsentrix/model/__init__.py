"""Plain data that the layers hand to each other; no I/O and no frameworks."""
