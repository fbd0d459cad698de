"""Alerts: the engine that evaluates rules, and what becomes of alerts: incidents, and what is to be told of them."""
