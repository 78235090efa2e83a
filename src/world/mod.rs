//! Everything together, one event at a time.
