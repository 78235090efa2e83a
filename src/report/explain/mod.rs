//! Why a task ended as it did and why a worker earned what it earned, with the arithmetic, from
//! the log alone.

mod ballot;
mod payment;
mod round;
mod task;
mod worker;

pub(super) use payment::paid;
pub use task::explain_task;
pub use worker::explain_worker;

use crate::{log::EventLog, protocol::Name};

/// Why there is nothing to explain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// The log knows no such task.
    #[error("there is no task called `{name}`{}", meant(nearest))]
    NoTask {
        /// What was asked for.
        name: String,
        /// The most similar name there is.
        nearest: Option<String>,
    },
    /// The log knows no such task, and no such worker either.
    #[error("there is no task or worker called `{name}`{}", meant(nearest))]
    Nothing {
        /// What was asked for.
        name: String,
        /// The most similar name there is.
        nearest: Option<String>,
    },
    /// The log knows no such worker.
    #[error("there is no worker called `{name}`{}", meant(nearest))]
    NoWorker {
        /// What was asked for.
        name: String,
        /// The most similar name there is.
        nearest: Option<String>,
    },
}

/// Returns why the task called `name` stands as it does, or why the worker of that name earned what
/// it earned; a worker comes first.
///
/// # Errors
///
/// When there is neither.
pub fn explain(log: &EventLog, name: &str) -> Result<String, ExplainError> {
    let view = log.view();
    if view.workers.get(name).is_some() {
        return explain_worker(log, name);
    }
    if view.tasks.get(name).is_some() {
        return explain_task(log, name);
    }
    let names = view.tasks.names().chain(view.workers.names());
    Err(ExplainError::Nothing {
        name: name.to_owned(),
        nearest: nearest(name, names.map(Name::as_str)),
    })
}

fn meant(nearest: &Option<String>) -> String {
    match nearest {
        Some(name) => format!("; did you mean `{name}`?"),
        None => String::new(),
    }
}

/// The name among `names` most similar to `wanted`, if any is similar at all.
fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let scored = names.map(|name| (strsim::jaro_winkler(wanted, name), name));
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (best.0 > 0.7).then(|| best.1.to_owned())
}
