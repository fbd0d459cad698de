"""What is happening now: newest values, sparklines, and the feed that browsers subscribe to."""
