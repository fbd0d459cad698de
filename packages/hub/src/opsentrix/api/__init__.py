"""The hub's API: HTTP, WebSocket and Socket.IO. The only way in for agents, browsers and scripts."""
