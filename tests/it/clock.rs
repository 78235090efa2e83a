//! Waiting in tests that have no runtime of their own.

use std::future::Future;

/// Waits on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(future)
}
