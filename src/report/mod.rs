//! The log, rendered.
