"""What the hub may have this machine do: only what its owner's policy allows, as docs/response.md tells."""
