//! Artifacts in a folder, by the names of their contracts. Rule: where several files hold a contract
//! of one name, what a compiler wrote goes before what a deployment noted down, then the first path.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use alloy_json_abi::JsonAbi;
use alloy_primitives::{Bytes, FixedBytes};
use serde::{Deserialize, de::DeserializeOwned};

use super::{BuildError, FALLBACK, RECEIVE, Unit};
use crate::contracts::artifact::{Artifact, Contract};

/// How deep folders are searched.
const DEPTH_MAX: usize = 12;

/// The largest file that is taken for an artifact.
const BYTES_MAX: u64 = 16 << 20;

/// Folders that hold something else: contracts for tests, interfaces without code, other packages.
const IGNORED: [&str; 5] = ["testing", "diagrams", "abis", "build-info", "node_modules"];

/// Where a project keeps the package.
const PACKAGE: &str = "node_modules/@iexec/poco";

/// A folder of artifacts.
pub(super) struct Folder {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Compilers' artifacts by name of contract.
    compiled: BTreeMap<String, PathBuf>,
    /// What deployments noted down, by name of contract.
    deployed: BTreeMap<String, PathBuf>,
    /// The package's name and version.
    package: Option<Package>,
}

/// What is wanted of a `package.json`.
#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
}

/// An artifact as Hardhat and Truffle write it.
#[derive(Deserialize)]
pub(super) struct Compiled {
    pub(super) abi: JsonAbi,
    bytecode: String,
    #[serde(default, rename = "linkReferences")]
    links: BTreeMap<String, BTreeMap<String, Vec<Place>>>,
}

/// Where a library's address goes, in bytes.
#[derive(Deserialize)]
struct Place {
    start: usize,
    length: usize,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, BuildError> {
        let path = root(path);
        let mut folder = Self {
            package: read(&path.join("package.json")).ok(),
            path: path.clone(),
            compiled: BTreeMap::new(),
            deployed: BTreeMap::new(),
        };
        folder.search(&path, 0, false)?;
        Ok(folder)
    }

    fn search(&mut self, path: &Path, depth: usize, noted: bool) -> Result<(), BuildError> {
        let unreadable = |error: std::io::Error| BuildError::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let entries = fs::read_dir(path).map_err(unreadable)?;
        let entries: Result<Vec<_>, _> = entries.collect();
        let mut entries = entries.map_err(unreadable)?;
        entries.sort_by_key(fs::DirEntry::path);
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            // A link is not followed: it may lead out of the folder, or round in a circle.
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() && depth < DEPTH_MAX && !IGNORED.contains(&&*name) {
                self.search(&path, depth + 1, noted || name == "deployments")?;
            }
            let contract = name.strip_suffix(".json");
            if let Some(contract) = contract.filter(|name| kind.is_file() && !name.contains('.')) {
                let found = if noted {
                    &mut self.deployed
                } else {
                    &mut self.compiled
                };
                found.entry(contract.to_owned()).or_insert(path);
            }
        }
        Ok(())
    }

    /// Tells whether a compiler's artifact of a contract is here.
    pub(super) fn has(&self, contract: &str) -> bool {
        self.compiled.contains_key(contract)
    }

    /// Returns the names of all contracts with an artifact, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.compiled.keys().map(String::as_str)
    }

    /// Returns the version of the package.
    pub(super) fn version(&self) -> Option<String> {
        Some(self.package.as_ref()?.version.clone())
    }

    /// Returns what the folder is called: its package with the version, else its path.
    pub(super) fn title(&self) -> String {
        match &self.package {
            Some(package) => format!("{} {}", package.name, package.version),
            None => self.path.display().to_string(),
        }
    }

    /// Returns what a compiler made of a contract.
    pub(super) fn compiled(&self, contract: &str) -> Result<Compiled, BuildError> {
        let missing = || BuildError::Missing {
            path: self.path.clone(),
            contract: contract.to_owned(),
        };
        read(self.compiled.get(contract).ok_or_else(missing)?)
    }

    /// Returns what a compiler made of a contract or, without that, what a deployment noted of it.
    pub(super) fn any(&self, contract: &str) -> Result<Compiled, BuildError> {
        match self.deployed.get(contract) {
            Some(path) if !self.has(contract) => read(path),
            Some(_) | None => self.compiled(contract),
        }
    }

    /// Returns a contract to be created.
    pub(super) fn unit(&self, contract: &str) -> Result<Unit, BuildError> {
        self.compiled(contract)?.unit(contract, &self.path)
    }

    /// Returns an artifact in the layout of this program's own.
    pub(super) fn own(&self, contract: Contract) -> Result<Artifact, BuildError> {
        let name = contract.name();
        let missing = || BuildError::Missing {
            path: self.path.clone(),
            contract: name.to_owned(),
        };
        read(self.compiled.get(name).ok_or_else(missing)?)
    }
}

impl Compiled {
    /// Returns the contract to be created.
    pub(super) fn unit(&self, name: &str, path: &Path) -> Result<Unit, BuildError> {
        let malformed = |reason: String| BuildError::Malformed {
            path: path.join(name),
            reason,
        };
        let mut text = self.bytecode.trim_start_matches("0x").to_owned();
        let mut links = Vec::new();
        for (library, places) in self.links.values().flatten() {
            for Place { start, length } in places {
                let range = start * 2..(start + length) * 2;
                if *length != 20 || text.get(range.clone()).is_none() {
                    return Err(malformed(format!(
                        "{library} is linked outside of the code"
                    )));
                }
                text.replace_range(range, &"0".repeat(40));
                links.push((library.clone(), *start));
            }
        }
        let code: Bytes = text
            .parse()
            .map_err(|error| malformed(format!("its bytecode is not hexadecimal ({error})")))?;
        if code.is_empty() {
            return Err(malformed("it has no bytecode".to_owned()));
        }
        let name = name.to_owned();
        Ok(Unit { name, code, links })
    }

    /// Returns what the contract serves, unknown calls and plain ether among it.
    pub(super) fn selectors(&self) -> Vec<FixedBytes<4>> {
        let functions = self.abi.functions().map(alloy_json_abi::Function::selector);
        let receive = self.abi.receive.as_ref().map(|_| RECEIVE);
        let fallback = self.abi.fallback.as_ref().map(|_| FALLBACK);
        functions.chain(receive).chain(fallback).collect()
    }
}

/// Returns the folder of the package that is meant: somebody may name its project, or its artifacts.
fn root(path: &Path) -> PathBuf {
    let inner = path.join(PACKAGE);
    let outer = path.parent().filter(|outer| {
        let is_part = path.file_name().is_some_and(|name| name == "artifacts");
        is_part && outer.join("package.json").is_file()
    });
    match outer {
        _ if inner.is_dir() => inner,
        Some(outer) => outer.to_owned(),
        None => path.to_owned(),
    }
}

/// Reads a file of JSON.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, BuildError> {
    let unreadable = |reason: String| BuildError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let size = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if size.len() > BYTES_MAX {
        return Err(unreadable("it is larger than 16 MiB".to_owned()));
    }
    let text = fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| BuildError::Malformed {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}
