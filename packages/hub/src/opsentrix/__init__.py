"""The hub of Opsentrix: ingest, history, live feed and API on PostgreSQL."""

__version__ = "0.1.0"
