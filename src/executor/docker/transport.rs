//! How a task's files get into its container and out again: in a folder both sides see, or as an
//! archive through the engine where they see none in common.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, mpsc},
};

use alloy_primitives::Bytes;
use bollard::{
    body_full,
    models::ContainerCreateBody,
    query_parameters::{
        ContainerArchiveInfoOptions, DownloadFromContainerOptions, UploadToContainerOptions,
    },
};
use futures_util::StreamExt as _;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::{
    blame,
    collect::{self, CollectError, Left, Room},
    connect::Host,
    container::{self, Folders},
    owner::Owner,
    pull::Pin,
    room::Since,
    runner::{Run, Trouble},
    sweep,
};
use crate::executor::{Contract, Files, Job, docker::Profile};

/// Chunks of an archive that may wait to be read.
const CHUNKS: usize = 16;

/// The file by which it is seen whether an engine sees this machine's files.
const PROBE: &str = "probe";

/// A task's files outside its container.
pub(super) enum Transport {
    /// In a folder of this machine, whose disk had room at that moment; with the folders of the
    /// container within it.
    Bind(TempDir, Since, Vec<String>),
    /// In the container alone.
    Archive,
    /// In a container of their own, since the one that uses them cannot be written.
    Held,
}

/// Who the files of a task belong to: the user of a strict container, else root, as on workers.
fn user_of(profile: Profile) -> u32 {
    match profile {
        Profile::Iexec | Profile::Open => 0,
        Profile::Strict => container::NOBODY,
    }
}

impl Transport {
    /// Lays out the inputs of `job` for an engine.
    pub(super) async fn prepare(
        run: &Arc<Run>,
        host: &Arc<Host>,
        job: &Job,
        profile: Profile,
        pin: &Pin,
    ) -> Result<Self, Trouble> {
        let seen = host.sees_files.get_or_try_init(|| probed(run, host, pin));
        if !*seen.await? {
            return Ok(match profile {
                Profile::Iexec | Profile::Open => Self::Archive,
                Profile::Strict => Self::Held,
            });
        }
        let since = Since::now();
        let folder = folder(&run.owner)?;
        let (inputs, path) = (job.inputs.clone(), folder.path().to_path_buf());
        let (contract, user) = (job.contract, user_of(profile));
        let mut places: Vec<String> = inside(contract).into_iter().map(str::to_owned).collect();
        places.extend(within(contract, &pin.volumes));
        let deeper = places[inside(contract).len()..].to_vec();
        let laid = move || {
            for (inside, files) in laid_out(contract, &inputs) {
                lay(&path.join(bare(inside)), files, user)?;
            }
            for inside in deeper {
                lay(&path.join(bare(&inside)), &Files::new(), user)?;
            }
            Ok(())
        };
        blocking(laid).await?.map_err(unwritable)?;
        Ok(Self::Bind(folder, since, places))
    }

    /// Returns the folders of a container; `holder` is the name of the one that holds them, if
    /// there is such a one.
    pub(super) fn folders(&self, contract: Contract, holder: &str) -> Folders {
        match self {
            Self::Bind(folder, _, places) => {
                let outside = |inside: &str| folder.path().join(bare(inside));
                let bind = |inside: &String| format!("{}:{inside}:z", outside(inside).display());
                Folders {
                    binds: places.iter().map(bind).collect(),
                    ..Folders::default()
                }
            }
            Self::Archive => Folders {
                volumes: inside(contract).into_iter().map(str::to_owned).collect(),
                ..Folders::default()
            },
            Self::Held => Folders {
                from: Some(holder.to_owned()),
                ..Folders::default()
            },
        }
    }

    /// Returns the folders of the container that holds them for another, if there is such a one.
    pub(super) fn held(&self, contract: Contract) -> Option<Folders> {
        match self {
            Self::Bind(..) | Self::Archive => None,
            Self::Held => Some(Self::Archive.folders(contract, "")),
        }
    }

    /// Hands the inputs to a container that was made and has not begun.
    pub(super) async fn deliver(
        &self,
        host: &Host,
        id: &str,
        job: &Job,
        profile: Profile,
    ) -> Result<(), Trouble> {
        match self {
            Self::Bind(..) => Ok(()),
            Self::Archive | Self::Held => send(host, id, job, user_of(profile)).await,
        }
    }

    /// Takes what a program that is over left in its output folder.
    pub(super) async fn collect(
        &self,
        host: &Host,
        id: &str,
        job: &Job,
        room: Room,
    ) -> Result<Result<Left, String>, Trouble> {
        let inside = job.contract.output_folder();
        let collected = match self {
            Self::Bind(folder, since, _) => {
                let (home, folder) = (folder.path().to_owned(), folder.path().join(bare(inside)));
                let (since, engine) = (*since, host.data.clone());
                let collect = move || {
                    since.had_room(home.parent().unwrap_or(&home))?;
                    engine.map_or(Ok(()), |place| since.had_room(&place))?;
                    Ok(collect::from_folder(&folder, room))
                };
                blocking(collect).await??
            }
            Self::Archive | Self::Held => download(host, id, inside, room).await?,
        };
        match collected {
            Ok(left) => Ok(Ok(left)),
            Err(CollectError::Refused(why)) => Ok(Err(why)),
            Err(error @ CollectError::Io(_)) => Err(Trouble::Passing(error.to_string())),
        }
    }

    /// Whether its engine is looked after by its files.
    pub(super) fn is_seen(&self) -> bool {
        match self {
            Self::Bind(..) => true,
            Self::Archive | Self::Held => false,
        }
    }

    /// Returns the folder on this machine the program writes to, if there is one.
    pub(super) fn output(&self, contract: Contract) -> Option<PathBuf> {
        match self {
            Self::Bind(folder, ..) => Some(folder.path().join(bare(contract.output_folder()))),
            Self::Archive | Self::Held => None,
        }
    }
}

/// Probes an engine, in the background: whoever waits for it may be gone before its container is
/// taken away again.
async fn probed(run: &Arc<Run>, host: &Arc<Host>, pin: &Pin) -> Result<bool, Trouble> {
    let (send, probed) = oneshot::channel();
    let (owner, host, pin) = (Arc::clone(&run.owner), Arc::clone(host), pin.clone());
    run.in_background(async move {
        // Nobody may wait for the answer any more.
        let _ = send.send(probe(&host, &pin, &owner).await);
    });
    probed.await.unwrap_or_else(|_| Err(Trouble::vanished()))
}

/// Finds out whether an engine sees this machine's files, and lets this process remove them.
///
/// A container is made for it that never begins: its engine is asked what lies in its folder.
async fn probe(host: &Host, pin: &Pin, owner: &Owner) -> Result<bool, Trouble> {
    if !host.is_local || !is_root() {
        return Ok(false);
    }
    let folder = folder(owner)?;
    fs::write(folder.path().join(PROBE), PROBE).map_err(unwritable)?;
    let bind = format!("{}:/iexec:z", folder.path().display());
    let body = ContainerCreateBody {
        image: Some(pin.id.clone()),
        // An image may have no command of its own; this one is never run.
        cmd: Some(vec![PROBE.to_owned()]),
        labels: Some(owner.labels("probe", super::owner::unix_seconds() + 3600)),
        host_config: Some(bollard::models::HostConfig {
            binds: Some(vec![bind]),
            ..bollard::models::HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    };
    let made = host.docker.create_container(None, body).await;
    let id = made.map_err(|error| blame::not_made(&error))?.id;
    let options = ContainerArchiveInfoOptions {
        path: format!("/iexec/{PROBE}"),
    };
    let seen = host.docker.get_container_archive_info(&id, Some(options));
    let seen = seen.await.is_ok();
    sweep::remove(&host.docker, &id)
        .await
        .map_err(|error| Trouble::of(&error))?;
    Ok(seen)
}

/// Whether this process may remove whatever a container leaves in a folder.
fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    // Real, effective, saved, for files: the second counts.
    line.and_then(|ids| ids.split_ascii_whitespace().nth(1)) == Some("0")
}

/// Makes a folder that is removed with what is returned, or by the next process.
fn folder(owner: &Owner) -> Result<TempDir, Trouble> {
    tempfile::Builder::new()
        .prefix(&owner.folder_prefix())
        .tempdir()
        .map_err(unwritable)
}

fn unwritable(error: io::Error) -> Trouble {
    Trouble::Lasting(format!("a task's folder cannot be written: {error}"))
}

/// Returns the folders of an era.
fn inside(contract: Contract) -> Vec<&'static str> {
    match contract {
        Contract::V2 => vec![contract.input_folder()],
        Contract::V5 => vec![contract.input_folder(), contract.output_folder()],
    }
}

/// Returns those of an image's own places that lie within the folders of an era. What a program
/// leaves there would end with the container, where it belongs to what it leaves.
fn within(contract: Contract, volumes: &[String]) -> Vec<String> {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..");
    let lies_within = |place: &&String| {
        let place = place.trim_end_matches('/');
        let mut below = inside(contract)
            .into_iter()
            .filter_map(|folder| place.strip_prefix(folder)?.strip_prefix('/'));
        // A colon would part the two sides of a mount.
        below.any(|rest| rest.split('/').all(is_plain)) && !place.contains(':')
    };
    let mut found: Vec<String> = volumes.iter().filter(lies_within).cloned().collect();
    found.sort();
    found
}

/// Returns the folders of an era with what lies in them at the beginning.
fn laid_out(contract: Contract, inputs: &Files) -> impl Iterator<Item = (&'static str, &Files)> {
    static NONE: LazyLock<Files> = LazyLock::new(Files::new);
    let with_files = move |folder: &'static str| match folder == contract.input_folder() {
        true => (folder, inputs),
        false => (folder, &*NONE),
    };
    inside(contract).into_iter().map(with_files)
}

fn bare(folder: &str) -> &str {
    folder.trim_start_matches('/')
}

/// Writes a tree below a new folder, so that whatever user an image has may read and write it.
fn lay(root: &Path, files: &Files, user: u32) -> io::Result<()> {
    fs::create_dir_all(root)?;
    open_to_all(root, true, user)?;
    for directory in files.directories() {
        let path = root.join(directory);
        fs::create_dir_all(&path)?;
        open_to_all(&path, true, user)?;
    }
    for (path, content) in files.iter() {
        let path = root.join(path);
        fs::write(&path, content)?;
        open_to_all(&path, false, user)?;
    }
    Ok(())
}

#[cfg(unix)]
fn open_to_all(path: &Path, is_directory: bool, user: u32) -> io::Result<()> {
    use std::os::unix::fs::{PermissionsExt as _, chown};
    let mode = if is_directory { 0o777 } else { 0o666 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    chown(path, Some(user), Some(user))
}

#[cfg(not(unix))]
fn open_to_all(_: &Path, _: bool, _: u32) -> io::Result<()> {
    Ok(())
}

/// Puts the inputs of `job` into the folders of a container, and opens these to all.
async fn send(host: &Host, id: &str, job: &Job, user: u32) -> Result<(), Trouble> {
    let (contract, inputs) = (job.contract, job.inputs.clone());
    let packed = blocking(move || archive(contract, &inputs, user)).await?;
    let options = UploadToContainerOptions {
        // From the root, not from the folder: an engine leaves the rights of the place it unpacks
        // to as they are.
        path: "/".to_owned(),
        ..UploadToContainerOptions::default()
    };
    let body = body_full(packed.map_err(unwritable)?.into());
    let sent = host.docker.upload_to_container(id, Some(options), body);
    sent.await.map_err(|error| Trouble::of(&error))
}

/// Returns an archive of an era's folders with the inputs in them.
fn archive(contract: Contract, inputs: &Files, user: u32) -> io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut put = |path: &str, content: Option<&[u8]>| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(match content {
            Some(_) => tar::EntryType::Regular,
            None => tar::EntryType::Directory,
        });
        header.set_mode(if content.is_some() { 0o666 } else { 0o777 });
        header.set_uid(user.into());
        header.set_gid(user.into());
        let content = content.unwrap_or_default();
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, path, content)
    };
    for (folder, files) in laid_out(contract, inputs) {
        let folder = bare(folder);
        put(folder, None)?;
        for directory in files.directories() {
            put(&format!("{folder}/{directory}"), None)?;
        }
        for (path, content) in files.iter() {
            put(&format!("{folder}/{path}"), Some(content))?;
        }
    }
    builder.into_inner()
}

/// Reads an archive of a folder while it comes.
async fn download(
    host: &Host,
    id: &str,
    folder: &str,
    room: Room,
) -> Result<Result<Left, CollectError>, Trouble> {
    let options = DownloadFromContainerOptions {
        path: folder.to_owned(),
    };
    let mut chunks = host.docker.download_from_container(id, Some(options));
    let (send, receive) = mpsc::sync_channel::<Bytes>(CHUNKS);
    let reader = Chunks {
        receive,
        chunk: Bytes::new(),
    };
    let reading = tokio::task::spawn_blocking(move || collect::from_tar(reader, room));
    let mut lost = None;
    while let Some(chunk) = chunks.next().await {
        let mut chunk = match chunk {
            Ok(chunk) => Some(Bytes::from(chunk)),
            Err(error) => {
                lost = Some(Trouble::of(&error));
                break;
            }
        };
        let mut hung_up = false;
        while let Some(waiting) = chunk.take() {
            match send.try_send(waiting) {
                Ok(()) => {}
                Err(mpsc::TrySendError::Full(back)) => {
                    chunk = Some(back);
                    super::pull::wait(std::time::Duration::from_millis(1)).await;
                }
                // Whoever reads has had enough.
                Err(mpsc::TrySendError::Disconnected(_)) => hung_up = true,
            }
        }
        if hung_up {
            break;
        }
    }
    drop(send);
    let collected = reading
        .await
        .map_err(|error| Trouble::Passing(error.to_string()))?;
    match (lost, &collected) {
        (Some(trouble), Ok(_) | Err(CollectError::Io(_))) => Err(trouble),
        (Some(_), Err(CollectError::Refused(_))) | (None, _) => Ok(collected),
    }
}

/// What comes in chunks, to be read.
struct Chunks {
    receive: mpsc::Receiver<Bytes>,
    chunk: Bytes,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.receive.recv() {
                Ok(chunk) => self.chunk = chunk,
                Err(mpsc::RecvError) => return Ok(0),
            }
        }
        let count = buffer.len().min(self.chunk.len());
        buffer[..count].copy_from_slice(&self.chunk[..count]);
        self.chunk = self.chunk.slice(count..);
        Ok(count)
    }
}

/// Does what may block on a thread where that is fine.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Trouble> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Trouble::Lasting(error.to_string()))
}
