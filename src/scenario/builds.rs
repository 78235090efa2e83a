//! The contracts a scenario names. Rule: once they are at hand, no folder is read for them again: a
//! saved run needs nothing but its file, and a hunt reads them once.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use super::{Diagnostic, Diagnostics, Loaded};
use crate::contracts::{Build, BuildError};

/// Builds by what scenarios call them: the folder as it is written there.
pub type Builds = BTreeMap<String, Arc<Build>>;

/// Where a scenario names its contracts.
const PATH: [&str; 2] = ["protocol", "contracts"];

impl Loaded {
    /// Returns every build of the contracts the scenario and its second runs are played on, apart
    /// from the built-in one.
    ///
    /// # Errors
    ///
    /// Which of them cannot be read, and where the scenario names it.
    pub fn builds(&self) -> Result<Builds, Diagnostics> {
        let mut builds = Builds::new();
        for named in self.named_builds() {
            let is_at_hand = self.contracts.is_some() || self.builds.contains_key(&named);
            if named == Build::BUILT_IN && !is_at_hand {
                continue;
            }
            let build = match self.build_called(&named) {
                Ok(build) => build,
                Err(error) => {
                    let wrong = self.no_build(&error);
                    return Err(Diagnostics::new(self.document.sources.clone(), vec![wrong]));
                }
            };
            builds.insert(named, build);
        }
        Ok(builds)
    }

    /// Returns the same scenario with the contracts it names at hand.
    #[must_use]
    pub fn holding(self, builds: Builds) -> Self {
        Self { builds, ..self }
    }

    /// Returns the same scenario with what another has at hand: contracts, and chains with them.
    #[must_use]
    pub fn beside(self, other: &Self) -> Self {
        Self {
            builds: other.builds.clone(),
            ground: other.ground.clone(),
            ..self
        }
    }

    /// What the scenario calls its contracts, and what second runs call theirs.
    fn named_builds(&self) -> Vec<String> {
        let path = PATH.join(".");
        let others = self.scenario.expect.iter();
        let others = others.filter_map(|expect| Some(expect.whatif.get(&path)?.to_outside()));
        let own = self.scenario.protocol.contracts.clone();
        [own].into_iter().chain(others).collect()
    }

    /// Returns the build a scenario calls so: the one it is to be played on instead, one at hand, the
    /// built-in one, or what lies in a folder beside its file.
    pub(super) fn build_called(&self, named: &str) -> Result<Arc<Build>, BuildError> {
        if let Some(build) = self.contracts.as_ref().or_else(|| self.builds.get(named)) {
            return Ok(Arc::clone(build));
        }
        if named == Build::BUILT_IN {
            return Ok(Arc::default());
        }
        Build::read(&self.folder().unwrap_or(Path::new("")).join(named)).map(Arc::new)
    }

    /// Returns the folder its file lies in; none for a scenario that was never a file.
    pub fn folder(&self) -> Option<&Path> {
        self.document.sources.first()?.path.parent()
    }

    /// Says that there are no such contracts, and where they are named.
    pub(super) fn no_build(&self, error: &BuildError) -> Diagnostic {
        let span = self.document.span(&PATH);
        Diagnostic::error(span, error.to_string())
            .help("name the folder of the npm package, or of a project that installed it")
    }
}
