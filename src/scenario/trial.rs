//! What a scenario stands for beside its own run, tried out: the second runs its expectations ask
//! for. Rule: each is read and cast as it would be for a run, and nothing is played.

use super::{Diagnostic, Diagnostics, Loaded};
use crate::executor::inputs::Inputs;

/// A second run that cannot be.
#[derive(Clone, Debug)]
pub struct Impossible {
    /// What is wrong with it.
    pub wrong: Diagnostics,
    /// The expectation that asks for it.
    pub asked: Diagnostics,
}

impl Loaded {
    /// Tries the second runs that expectations of this scenario compare it with (`whatif`); those
    /// written for other cells of the matrix are left out. Returns the first that cannot be.
    pub fn impossible(&self, inputs: &Inputs) -> Option<Impossible> {
        let all = self.scenario.expect.iter().enumerate();
        let mut compared =
            all.filter(|(_, expect)| !expect.whatif.is_empty() && self.is_cell_of(expect));
        compared.find_map(|(at, expect)| {
            let other = self.with(&expect.difference());
            let wrong = other.and_then(|other| other.cast(inputs)).err()?;
            let span = self.document.span(&["expect", &at.to_string(), "whatif"]);
            let asked = Diagnostic::error(span, "the run this compares with cannot be");
            let asked = asked.help("change what is written here, or what it changes");
            Some(Impossible {
                wrong,
                asked: Diagnostics::new(self.document.sources.clone(), vec![asked]),
            })
        })
    }
}
