//! The log, rendered: for people, for terminals, for machines.
//!
//! Every report reads the log and its view and nothing else, writes to what it is given and reads
//! no clock: a saved log gives the same report as the run it was saved from.

mod diff;
mod explain;
mod github;
mod html;
mod json;
mod jsonl;
mod junit;
mod phrase;
mod sentence;
mod standing;
mod state;
mod story;
mod style;
mod summary;
pub mod sweep;
mod table;
pub mod text;

pub use diff::{write_diff, write_side};
pub use explain::{ExplainError, explain, explain_task, explain_worker};
pub use github::annotate;
pub use html::write_html;
pub use json::{DOCUMENT_VERSION, write_json};
pub use jsonl::JsonLines;
pub use junit::{Refused, Suite, write_junit};
pub use phrase::Detail;
pub use standing::Standing;
pub use state::write_state;
pub use story::Story;
pub use style::Styles;
pub use summary::{write_failures, write_summary};

use crate::log::{EndReason, EventLog, View};

/// A run to report on.
#[derive(Copy, Clone, Debug)]
pub struct Run<'a> {
    /// Everything that happened.
    pub log: &'a EventLog,
    /// The scenario file, as the user named it.
    pub file: Option<&'a str>,
    /// The command that shows the run again.
    pub again: Option<&'a str>,
}

impl<'a> Run<'a> {
    /// Returns everything known of the run.
    pub fn view(&self) -> &'a View {
        self.log.view()
    }

    /// Returns how the run stands.
    pub fn standing(&self) -> Standing {
        Standing::of(self.view())
    }

    /// Whether its expectations were judged: those of a run that did not come to its end are not.
    pub fn is_judged(&self) -> bool {
        !matches!(self.view().run.end, None | Some(EndReason::Interrupted))
    }

    /// Returns the scenario's title, or the file when it has none.
    pub fn title(&self) -> &'a str {
        let title = self.view().run.title.as_str();
        if title.is_empty() {
            self.file.unwrap_or("untitled")
        } else {
            title
        }
    }
}
