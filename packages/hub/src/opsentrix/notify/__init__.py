"""Telling people: from a notice in the outbox to a provider's receipt."""
