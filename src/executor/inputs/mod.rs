//! Inputs: from the text in a scenario to files in a program's folder.
//!
//! What comes from outside is fetched once and given to all workers alike, so that a changing URL
//! does not look like a lying worker. Every threat is a typed error, and ends the task, not the run.

mod cache;
mod http;
mod layout;
mod local;
mod source;
pub(super) mod unzip;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use alloy_primitives::{B256, Bytes};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use thiserror::Error;

pub use layout::{Dataset, LaidOut, Unzip, lay_out, modern_name};
pub use unzip::{NameFault, UnzipError, UnzipLimits, unzip};

use super::{Files, FilesError};
use cache::Cache;
use http::{Answer, Version};
use source::Source;

/// Why an input cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InputError {
    /// The text names nothing that could be fetched.
    #[error("{uri:?} is no input: {reason}")]
    Uri {
        /// The text.
        uri: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There is no such file.
    #[error("{} does not exist", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file lies where scenarios may not read.
    #[error("{} lies outside the directories inputs may come from ({roots})", path.display())]
    Outside {
        /// The file, after following links.
        path: PathBuf,
        /// The directories.
        roots: String,
    },
    /// It is a directory, a device or a pipe.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The system refuses to read it.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// It is larger than inputs may be.
    #[error("{uri} has more than {limit} bytes, the limit for inputs")]
    TooLarge {
        /// What was fetched.
        uri: String,
        /// The limit.
        limit: u64,
    },
    /// It is not what its checksum says.
    #[error("{uri} has the SHA-256 {found}, {expected} is expected")]
    Checksum {
        /// What was fetched.
        uri: String,
        /// What it should be.
        expected: B256,
        /// What it is.
        found: B256,
    },
    /// It needs the network, which is off.
    #[error("{uri} needs the network, and this run is offline; give the input an `offline` file")]
    Offline {
        /// What was to be fetched.
        uri: String,
    },
    /// It could not be downloaded.
    #[error("{uri} cannot be downloaded: {reason}")]
    Http {
        /// What was to be fetched.
        uri: String,
        /// What went wrong.
        reason: String,
    },
    /// It leads to an address scenarios may not reach.
    #[error("{uri} leads to a private address of a host the scenario does not name")]
    Forbidden {
        /// What was to be fetched.
        uri: String,
    },
    /// Its name is one by which programs give their result.
    #[error("an input called {name:?} could vote in the program's place; call it otherwise")]
    Reserved {
        /// The name.
        name: String,
    },
    /// Two inputs would be the same file.
    #[error("two inputs would both be the file {name:?}")]
    Collision {
        /// The name.
        name: String,
    },
    /// Its name does not fit among the files.
    #[error("an input does not fit: {0}")]
    Files(#[from] FilesError),
    /// It is an archive that is refused.
    #[error("{uri}: {error}")]
    Unzip {
        /// What was fetched.
        uri: String,
        /// Why it is refused.
        error: UnzipError,
    },
}

/// What may be fetched, and from where.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Where relative paths begin: the directory of the scenario file.
    pub base: PathBuf,
    /// The directories below which local inputs must lie, links followed.
    pub roots: Vec<PathBuf>,
    /// Files that are found before any on disk, by relative path.
    pub embedded: Files,
    /// Whether the network is off.
    pub offline: bool,
    /// Whether nothing is downloaded and what could be is taken for empty: to look at a scenario
    /// without running it.
    pub dry: bool,
    /// Hosts that may be private even when only a redirect leads to them.
    pub hosts: Vec<String>,
    /// Where downloads are kept between runs, if anywhere.
    pub cache: Option<PathBuf>,
    /// The most bytes an input may have.
    pub max_bytes: u64,
    /// The most time one attempt to download may take.
    pub timeout: Duration,
    /// How long to wait before the second attempt; before each further one, twice as long.
    pub retry_pause: Duration,
}

impl Policy {
    /// Returns the policy of a scenario in `base`: local files below it, no network.
    pub fn below(base: impl Into<PathBuf>) -> Self {
        let base = base.into();
        Self {
            roots: vec![base.clone()],
            base,
            embedded: Files::new(),
            offline: true,
            dry: false,
            hosts: Vec::new(),
            cache: None,
            max_bytes: 500_000_000,
            timeout: Duration::from_secs(120),
            retry_pause: Duration::from_millis(500),
        }
    }
}

/// Something fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// What was asked for.
    pub uri: String,
    /// The name it has in a program's folder: the last part of its path.
    pub name: String,
    /// Its content.
    pub content: Bytes,
    /// The SHA-256 of its content.
    pub sha256: B256,
    /// Whether that is what lies there; not so where the [`Policy`] is `dry`.
    pub is_real: bool,
}

impl Fetched {
    /// Returns `content` as if it had been fetched from `uri`.
    ///
    /// # Errors
    /// When `uri` is malformed.
    pub fn new(uri: &str, content: impl Into<Bytes>) -> Result<Self, InputError> {
        let content = content.into();
        Ok(Self {
            uri: uri.into(),
            name: source::file_name(uri)?,
            sha256: B256::from_slice(&Sha256::digest(&content)),
            content,
            is_real: true,
        })
    }

    /// Checks the content against a SHA-256.
    ///
    /// # Errors
    /// [`InputError::Checksum`] when it is another.
    pub fn verify(&self, expected: B256) -> Result<(), InputError> {
        match self.sha256 == expected || !self.is_real {
            true => Ok(()),
            false => Err(InputError::Checksum {
                uri: self.uri.clone(),
                expected,
                found: self.sha256,
            }),
        }
    }
}

/// Checks that `uri` names something that could be fetched, without fetching it.
///
/// # Errors
/// [`InputError::Uri`] with what is wrong with it.
pub fn check(uri: &str) -> Result<(), InputError> {
    let (bare, _) = source::split_pin(uri)?;
    Source::parse(bare).map(drop)
}

/// Fetches inputs, each once.
#[derive(Debug)]
pub struct Inputs {
    policy: Policy,
    fetched: Mutex<BTreeMap<String, Slot>>,
}

/// One input: empty until it was fetched, locked while it is being fetched.
type Slot = Arc<Mutex<Option<Arc<Fetched>>>>;

impl Inputs {
    /// Returns a fetcher that keeps to `policy`.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            fetched: Mutex::default(),
        }
    }

    /// Returns a fetcher that has these contents at hand, by URI, and reaches nothing else.
    ///
    /// # Errors
    /// When a URI is malformed, or its content is not what its checksum says.
    pub fn given(contents: impl IntoIterator<Item = (String, Bytes)>) -> Result<Self, InputError> {
        let mut policy = Policy::below("");
        policy.roots.clear();
        let inputs = Self::new(policy);
        for (uri, content) in contents {
            let (bare, pin) = source::split_pin(&uri)?;
            let fetched = Fetched::new(bare, content)?;
            if let Some(expected) = pin {
                fetched.verify(expected)?;
            }
            let slot = Slot::new(Mutex::new(Some(Arc::new(fetched))));
            inputs.fetched.lock().insert(uri, slot);
        }
        Ok(inputs)
    }

    /// Returns everything fetched so far, with the URIs as they were asked for, in their order.
    pub fn fetched(&self) -> Vec<(String, Arc<Fetched>)> {
        let slots = self.fetched.lock().clone();
        let known = |(uri, slot): (String, Slot)| Some((uri, slot.lock().clone()?));
        slots.into_iter().filter_map(known).collect()
    }

    /// Returns what lies at `uri`: a path relative to the scenario, `file:`, `http:` or `https:`;
    /// with `#sha256=HEX` at its end the content must have that digest.
    ///
    /// When the network is off and `offline` names a local file, that is read in its place; it
    /// keeps the name of `uri`.
    ///
    /// # Errors
    /// When it cannot be had; see [`InputError`].
    pub fn fetch(&self, uri: &str, offline: Option<&str>) -> Result<Arc<Fetched>, InputError> {
        // Two workers that want the same share one download; others do not wait for it.
        let slot = self.fetched.lock().entry(uri.into()).or_default().clone();
        let mut slot = slot.lock();
        if let Some(known) = &*slot {
            return Ok(known.clone());
        }
        let (bare, pin) = source::split_pin(uri)?;
        let source = Source::parse(bare)?;
        if self.policy.dry && source == Source::Http && offline.is_none() {
            let mut fetched = Fetched::new(bare, Bytes::new())?;
            fetched.is_real = false;
            return Ok(Arc::new(fetched));
        }
        let content = match source {
            Source::File(path) => local::read(&self.policy, &path)?,
            Source::Http => match offline {
                Some(fixture) if self.policy.offline => self.fixture(fixture)?,
                Some(_) | None => self.download(bare, uri)?,
            },
        };
        let fetched = Fetched::new(bare, content)?;
        if let Some(expected) = pin {
            fetched.verify(expected)?;
        }
        let fetched = Arc::new(fetched);
        *slot = Some(fetched.clone());
        Ok(fetched)
    }

    /// Downloads `bare`, or finds it downloaded; without the network only the latter.
    fn download(&self, bare: &str, uri: &str) -> Result<Bytes, InputError> {
        // What follows # is for the reader, not for the server.
        let page = bare.split('#').next().unwrap_or(bare);
        let cache = self.policy.cache.as_deref().map(Cache);
        let known = cache.as_ref().and_then(|cache| cache.find(page));
        if self.policy.offline {
            let (content, _) = known.ok_or_else(|| InputError::Offline { uri: uri.into() })?;
            return Ok(content.into());
        }
        let (known, version) = known.map_or((None, Version::default()), |(content, version)| {
            (Some(content), version)
        });
        match (http::get(&self.policy, page, &version)?, known) {
            (Answer::Content(content, version), _) => {
                if let Some(cache) = cache {
                    // Where it cannot be kept, on a full or read-only disk, the next run asks again.
                    let _ = cache.keep(page, &content, version);
                }
                Ok(content.into())
            }
            (Answer::Unchanged, Some(content)) => Ok(content.into()),
            (Answer::Unchanged, None) => Err(InputError::Http {
                uri: uri.into(),
                reason: "the server answered 304 to what was no question".into(),
            }),
        }
    }

    /// Reads the local stand-in for something on the network.
    fn fixture(&self, path: &str) -> Result<Bytes, InputError> {
        match Source::parse(path)? {
            Source::File(path) => local::read(&self.policy, &path),
            Source::Http => Err(InputError::Uri {
                uri: path.into(),
                reason: "an `offline` file must be local",
            }),
        }
    }
}
