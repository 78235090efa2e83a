//! The wall clock: the one place of the server that reads it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the seconds since the Unix epoch.
#[expect(
    clippy::disallowed_methods,
    reason = "a served chain follows the wall clock; this is the edge"
)]
pub fn wall() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}
