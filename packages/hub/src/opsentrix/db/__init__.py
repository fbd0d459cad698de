"""The way to PostgreSQL: the embedded server, the connection pool and the migrations."""

from opsentrix.db.pool import Connection, Database

__all__ = ["Connection", "Database"]
