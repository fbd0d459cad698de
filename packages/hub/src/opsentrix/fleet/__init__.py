"""The agents: who is registered, who is alive, and how new ones get in."""
