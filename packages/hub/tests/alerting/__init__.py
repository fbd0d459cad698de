"""The alert rules and the engine that evaluates them."""
