"""The alert engine: samples in, changes of alerts' states out. It reads neither clocks nor the database."""
