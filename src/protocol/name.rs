//! Names: how people call actors, tasks, apps and accounts.

use std::{borrow::Borrow, fmt, ops::Deref, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A name, cheap to clone: `w-0`, `main`, `greet`; qualified where kinds mix: `worker.w-0`.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Name(Arc<str>);

impl Name {
    /// Returns the name `kind.self`, as actors are called in the log.
    #[must_use]
    pub fn of_kind(&self, kind: &str) -> Self {
        Self(format!("{kind}.{self}").into())
    }

    /// Returns the member `index` of the group called `self`: `w` has `w-0`, `w-1`, …
    #[must_use]
    pub fn member(&self, index: usize) -> Self {
        Self(format!("{self}-{index}").into())
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Splits a qualified name into kind and bare name: `worker.w-0` is `("worker", "w-0")`.
    pub fn split_kind(&self) -> Option<(&str, &str)> {
        self.0.split_once('.')
    }
}

impl<T: Into<Arc<str>>> From<T> for Name {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
