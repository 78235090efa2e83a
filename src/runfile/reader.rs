//! Reads a run file, as far as it is whole. Rule: nothing a file holds can do more than be refused.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use alloy_primitives::Bytes;

use super::{
    End, Execution, Header,
    content::{ContractsHead, InputHead, SourceHead, split_head},
    frame::{self, Kind, Next, VERSION},
};
use crate::{
    contracts::Build,
    executor::inputs::{InputError, Inputs},
    log::{EventLog, LogError, read_line},
    scenario::{Builds, Diagnostics, Loaded, Overrides, Source},
    world::deed::Deed,
};

/// A run read back from its file.
#[derive(Clone, Debug)]
pub struct RunFile {
    /// What it was.
    pub header: Header,
    /// The texts of the scenario, the file itself first.
    pub sources: Vec<Source>,
    /// The inputs by what the scenario calls them.
    pub inputs: Vec<(String, Bytes)>,
    /// The contracts of the protocol that are not the built-in ones.
    pub builds: Builds,
    /// What programs outside made, in the order in which they ended.
    pub executions: Vec<Execution>,
    /// What was done to the network from outside, if it was a living one.
    pub deeds: Vec<Deed>,
    /// What happened.
    pub log: EventLog,
    /// How it ended; none when nobody closed the file.
    pub end: Option<End>,
    /// Why reading stopped before the end of the file, if it did.
    pub damage: Option<Damage>,
}

/// Why a file could be read only in part.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Its last frame is cut off, as a crash leaves it.
    CutOff,
    /// A frame is not as it was written, or follows the end; nothing from there on is read.
    Spoilt,
}

/// Why a run file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RunFileError {
    /// The file could not be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It does not begin as run files do.
    #[error("it is no run file: those are left by `emulate run` and end with .emu")]
    NoRunFile,
    /// It has another version of the format.
    #[error("it has version {found} of the format, and this emulate reads version {VERSION}")]
    Version {
        /// Its version.
        found: u16,
    },
    /// It ends before it says what it is.
    #[error("it ends before it says which scenario was run")]
    NoHeader,
    /// What says what it is is damaged.
    #[error("it is damaged where it says which scenario was run")]
    Spoilt,
    /// A whole frame holds what no run file has.
    #[error("frame {frame} of it is not understood: {reason}")]
    Content {
        /// The frame, from 1.
        frame: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// Its records are not those of one run.
    #[error("its log is not that of one run: {0}")]
    Log(#[from] LogError),
}

/// Reads a run file up to its end or to its first frame that is not whole.
///
/// # Errors
///
/// [`RunFileError`], when it is no run file or not one of this version, when it ends before it says
/// which scenario was run, or when a frame that is whole holds something else than it should.
pub fn read(mut source: impl Read) -> Result<RunFile, RunFileError> {
    match frame::version(&mut source)? {
        None => return Err(RunFileError::NoRunFile),
        Some(VERSION) => {}
        Some(found) => return Err(RunFileError::Version { found }),
    }
    let content = match frame::next(&mut source)? {
        Next::Frame(Kind::Header, content) => content,
        Next::Spoilt => return Err(RunFileError::Spoilt),
        Next::Frame(..) | Next::CutOff | Next::Over => return Err(RunFileError::NoHeader),
    };
    let wrong = |reason| RunFileError::Content { frame: 1, reason };
    let (header, _) = split_head(&content).map_err(wrong)?;
    let mut run = RunFile {
        header,
        sources: Vec::new(),
        inputs: Vec::new(),
        builds: Builds::new(),
        executions: Vec::new(),
        deeds: Vec::new(),
        log: EventLog::default(),
        end: None,
        damage: None,
    };
    for at in 2.. {
        match frame::next(&mut source)? {
            // Nothing comes after the end.
            Next::Frame(..) if run.end.is_some() => run.damage = Some(Damage::Spoilt),
            Next::Frame(kind, content) => run.take(at, kind, &content)?,
            Next::Over => break,
            Next::CutOff => run.damage = Some(Damage::CutOff),
            Next::Spoilt => run.damage = Some(Damage::Spoilt),
        }
        if run.damage.is_some() {
            break;
        }
    }
    if run.sources.is_empty() {
        return Err(match run.is_damaged() {
            true => RunFileError::Spoilt,
            false => RunFileError::NoHeader,
        });
    }
    Ok(run)
}

impl RunFile {
    /// Whether the file is not as it was written: more than what a killed run leaves, whose file
    /// merely ends early.
    pub fn is_damaged(&self) -> bool {
        match self.damage {
            Some(Damage::Spoilt) => true,
            // Whatever follows the end was no part of the run.
            Some(Damage::CutOff) => self.end.is_some(),
            None => false,
        }
    }

    fn take(&mut self, frame: u64, kind: Kind, content: &[u8]) -> Result<(), RunFileError> {
        let wrong = |reason| RunFileError::Content { frame, reason };
        match kind {
            Kind::Header => return Err(wrong("it is a second header".to_owned())),
            Kind::Source => {
                let (SourceHead { path }, text) = split_head(content).map_err(wrong)?;
                let text = String::from_utf8(text.to_vec())
                    .map_err(|_| wrong("a scenario is text".to_owned()))?;
                let path = PathBuf::from(path);
                self.sources.push(Source { path, text });
            }
            Kind::Input => {
                let (InputHead { uri }, bytes) = split_head(content).map_err(wrong)?;
                self.inputs.push((uri, bytes.to_vec().into()));
            }
            Kind::Contracts => {
                let (ContractsHead { name }, text) = split_head(content).map_err(wrong)?;
                let build = Build::from_json(text).map_err(wrong)?;
                self.builds.insert(name, Arc::new(build));
            }
            Kind::Execution => self
                .executions
                .push(Execution::from_bytes(content).map_err(wrong)?),
            Kind::Deeds => {
                for line in content.split(|byte| *byte == b'\n') {
                    if line.is_empty() {
                        continue;
                    }
                    let deed = serde_json::from_slice(line);
                    let deed = deed.map_err(|error| wrong(error.to_string()))?;
                    self.deeds.push(deed);
                }
            }
            Kind::Events => {
                for line in content.split_inclusive(|byte| *byte == b'\n') {
                    read_line(&mut self.log, line)?;
                }
            }
            Kind::End => self.end = Some(split_head(content).map_err(wrong)?.0),
            Kind::Unknown => {}
        }
        Ok(())
    }

    /// Reads the scenario as it was run.
    ///
    /// # Errors
    ///
    /// What is wrong with it, with its places: it may have been run by an `emulate` of another
    /// mind.
    pub fn load(&self) -> Result<Loaded, Diagnostics> {
        self.load_with(&Overrides::default())
    }

    /// Reads the scenario as it was run, with changes on top.
    ///
    /// # Errors
    ///
    /// What is wrong with it then.
    pub fn load_with(&self, changes: &Overrides) -> Result<Loaded, Diagnostics> {
        let mut overrides = self.header.overrides();
        overrides.vars.extend(changes.vars.iter().cloned());
        overrides.sets.extend(changes.sets.iter().cloned());
        let read = |path: &Path| {
            let found = self.sources.iter().find(|source| source.path == path);
            let missing = || io::Error::new(io::ErrorKind::NotFound, "it was no part of the run");
            found.map(|source| source.text.clone()).ok_or_else(missing)
        };
        let (path, text) = match self.sources.first() {
            Some(first) => (first.path.as_path(), first.text.as_str()),
            None => (Path::new(""), ""),
        };
        let loaded = Loaded::new(text, path, &read, &overrides)?;
        let loaded = match self.header.is_made {
            true => Loaded::of(&loaded.scenario)?,
            false => loaded,
        };
        Ok(loaded.holding(self.builds.clone()))
    }

    /// Returns the inputs of the run, and no others.
    ///
    /// # Errors
    ///
    /// When one of them is called what no input can be called.
    pub fn fetched(&self) -> Result<Inputs, InputError> {
        Inputs::given(self.inputs.iter().cloned())
    }
}
