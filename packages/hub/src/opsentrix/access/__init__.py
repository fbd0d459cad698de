"""People: passwords, sessions and how often somebody may try."""
