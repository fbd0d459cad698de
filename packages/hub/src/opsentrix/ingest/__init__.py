"""From an agent's bytes to durable frames: sessions, validation, layouts and the writer."""
