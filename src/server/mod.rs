//! HTTP and WebSocket adapters; no rule lives here.
