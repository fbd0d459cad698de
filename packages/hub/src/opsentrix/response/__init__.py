"""Commands to agents: who, what, where, and the truth about what became of it."""
