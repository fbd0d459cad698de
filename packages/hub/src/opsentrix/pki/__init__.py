"""Certificates: made, read and checked. Knows neither the database nor the settings."""
