"""The four ways in for agents that speak the protocol; all carry the same messages to `ingest.session`."""
