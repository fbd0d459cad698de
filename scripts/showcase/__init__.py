"""Pictures of the dashboard: an invented fleet on a real hub, photographed page by page. `make screenshots`."""
