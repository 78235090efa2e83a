//! The scenarios inside the binary, so that `emulate run hello` needs nothing but the binary.

use crate::executor::{Files, FilesError};

/// A scenario inside the binary.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct BuiltinScenario {
    /// The name it is run by: the file's, without number and ending.
    pub name: &'static str,
    /// The file it is a copy of.
    pub file: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// Lists scenarios by name with the text of their files.
macro_rules! scenarios {
    ($($name:literal: $file:literal),+ $(,)?) => {
        /// Every scenario inside the binary.
        pub const BUILTIN: &[BuiltinScenario] = &[$( BuiltinScenario {
            name: $name,
            file: $file,
            text: include_str!(concat!("../../scenarios/", $file)),
        } ),+];
    };
}

scenarios!(
    "hello": "01-hello.toml",
    "byzantine-minority": "03-byzantine-minority.toml",
    "colluding-majority": "04-colluding-majority.toml",
    "non-deterministic": "05-non-deterministic.toml",
    "timeout-reopen": "06-timeout-reopen.toml",
    "dataset-zip": "07-dataset-zip.toml",
    "price-war": "08-price-war.toml",
    "scale": "09-scale.toml",
    "chaos-scheduler": "10-chaos-scheduler.toml",
    "deadline": "11-deadline.toml",
    "attack-cost": "12-attack-cost.toml",
    "copycat": "13-copycat.toml",
    "dapp-fixture": "14-dapp-fixture.toml",
    "reorg": "15-reorg.toml",
    "restore": "16-restore.toml",
    "enclave": "19-enclave.toml",
    "lossy-network": "20-lossy-network.toml",
    "crowded-chain": "21-crowded-chain.toml",
    "outages": "22-outages.toml",
    "nemesis": "23-nemesis.toml",
    "comings-and-goings": "24-comings-and-goings.toml",
    "everything-at-once": "25-everything-at-once.toml",
);

/// Returns the scenario inside the binary that is called `name`.
pub fn builtin(name: &str) -> Option<&'static BuiltinScenario> {
    BUILTIN.iter().find(|scenario| scenario.name == name)
}

/// Returns the files those scenarios read, for [`Policy::embedded`](crate::executor::inputs::Policy).
///
/// # Errors
///
/// None of them has a name that could not be a file's; [`FilesError`] if one had.
pub fn fixtures() -> Result<Files, FilesError> {
    let mut files = Files::new();
    files.insert(
        "fixtures/iris.csv",
        &include_bytes!("../../scenarios/fixtures/iris.csv")[..],
    )?;
    files.insert(
        "fixtures/books.zip",
        &include_bytes!("../../scenarios/fixtures/books.zip")[..],
    )?;
    files.insert(
        "fixtures/Consumer.json",
        &include_bytes!("../../scenarios/fixtures/Consumer.json")[..],
    )?;
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn every_scenario_inside_is_read() {
        for scenario in BUILTIN {
            let read = Scenario::parse(scenario.text, Path::new(scenario.file));
            assert!(read.is_ok(), "{}", scenario.name);
        }
        assert!(builtin("hello").is_some() && builtin("helo").is_none());
        assert_eq!(fixtures().unwrap().len(), 3);
    }
}
