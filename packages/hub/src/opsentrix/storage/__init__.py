"""Every SQL statement of the hub: one file per noun, one short typed function per query."""
