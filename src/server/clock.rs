//! The clocks: the one place of the server that reads them.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Returns the seconds since the Unix epoch.
#[expect(
    clippy::disallowed_methods,
    reason = "a served chain follows the wall clock; this is the edge"
)]
pub fn wall() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

/// Returns the present, to measure by.
#[expect(
    clippy::disallowed_methods,
    reason = "who watches their client wants to know how long it waits"
)]
pub(super) fn now() -> Instant {
    Instant::now()
}
