//! Where inputs lie in a program's folder, by era.

use alloy_primitives::{Address, B256, hex};
use sha2::{Digest, Sha256};

use super::{Fetched, InputError, UnzipLimits, unzip, unzip::looks_like_zip};
use crate::executor::{Contract, Files};

/// Names by which programs give their result; no input may have one of them.
const RESERVED: [&str; 6] = [
    "callback.iexec",
    "computed.json",
    "consensus.iexec",
    "determinism.iexec",
    "stderr.txt",
    "stdout.txt",
];

/// Which inputs are unpacked.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Unzip {
    /// Those called `.zip` that are zip archives.
    #[default]
    Auto,
    /// All: what is not a zip archive is an error.
    Always,
    /// None.
    Never,
}

/// A dataset to lay beside the inputs.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Its contract.
    pub address: Address,
    /// Its content.
    pub content: std::sync::Arc<Fetched>,
}

/// Inputs as a program finds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaidOut {
    /// The input folder.
    pub files: Files,
    /// The names of the inputs in the order they were asked for, for the modern contract.
    pub names: Vec<String>,
}

/// Returns what the modern contract calls an input that comes from `uri`.
pub fn modern_name(uri: &str) -> String {
    hex::encode_prefixed(B256::from_slice(&Sha256::digest(uri)))
}

/// Lays out `inputs` and `dataset` as workers of the era of `contract` do.
///
/// In V2 a file has its own name, and an archive is unpacked in place. In V5 an input is called by
/// the SHA-256 of its URI, a dataset by its address, and nothing is unpacked.
///
/// # Errors
/// When an archive is refused, a name is reserved or two inputs collide.
pub fn lay_out(
    contract: Contract,
    inputs: &[std::sync::Arc<Fetched>],
    dataset: Option<&Dataset>,
    unzip: Unzip,
) -> Result<LaidOut, InputError> {
    let mut laid = LaidOut::default();
    for input in inputs {
        match contract {
            Contract::V2 => merge(&mut laid.files, &unpacked(input, unzip)?)?,
            Contract::V5 => {
                let name = modern_name(&input.uri);
                laid.files.insert(&name, input.content.clone())?;
                laid.names.push(name);
            }
        }
    }
    if let Some(dataset) = dataset {
        let name = match contract {
            Contract::V2 => dataset.content.name.clone(),
            Contract::V5 => dataset.address.to_string().to_lowercase(),
        };
        let mut file = Files::new();
        file.insert(&name, dataset.content.content.clone())?;
        merge(&mut laid.files, &file)?;
    }
    Ok(laid)
}

/// The files an input of 2018 consists of.
fn unpacked(input: &Fetched, how: Unzip) -> Result<Files, InputError> {
    let called_zip = input.name.to_ascii_lowercase().ends_with(".zip");
    let unpack = match how {
        Unzip::Auto => called_zip && looks_like_zip(&input.content),
        Unzip::Always => true,
        Unzip::Never => false,
    };
    if unpack {
        return unzip(&input.content, UnzipLimits::default()).map_err(|error| InputError::Unzip {
            uri: input.uri.clone(),
            error,
        });
    }
    let mut files = Files::new();
    files.insert(&input.name, input.content.clone())?;
    Ok(files)
}

/// Adds `more`, none of which may be there already or have a reserved name.
fn merge(files: &mut Files, more: &Files) -> Result<(), InputError> {
    for (path, _) in more.iter() {
        if RESERVED.contains(&path.to_lowercase().as_str()) {
            return Err(InputError::Reserved { name: path.into() });
        }
        if files.get(path).is_some() {
            return Err(InputError::Collision { name: path.into() });
        }
    }
    Ok(files.extend(more)?)
}
