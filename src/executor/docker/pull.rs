//! From the name of an image to its content: fetched from its registry if need be, and pinned, so
//! that every worker of a run computes with the same bytes even when somebody moves the tag.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use bollard::{
    errors::Error::{DockerResponseServerError, DockerStreamError},
    models::ImageInspect,
    query_parameters::CreateImageOptions,
};
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::{
    Progress, Pull, Reference, Settings, Tell,
    connect::{Host, words},
    credentials, room,
    runner::Trouble,
};

/// How often a fetch is tried, and how long is waited before the second time.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// How long a registry may say nothing.
const SILENCE: Duration = Duration::from_secs(300);

/// An image at an engine.
#[derive(Clone, Debug)]
pub(super) struct Pin {
    /// What containers are made from: the engine's own name for the content.
    pub(super) id: String,
    /// What stands for the content everywhere: the registry's digest, or the id if it has none.
    pub(super) digest: String,
    /// What kind of machine it is made for, such as `linux/amd64`, as far as it says.
    pub(super) platform: String,
    /// Folders for which it wants places of their own (`VOLUME`).
    pub(super) volumes: Vec<String>,
    /// Where it was fetched under that digest; none when it was made on this engine.
    repository: Option<Reference>,
}

/// What came of looking for an image: it, or why it cannot be had by anybody.
pub(super) type Found = Result<Pin, String>;

/// What is found out once, by whoever comes first.
type Shared<K, T> = HashMap<K, Arc<OnceCell<T>>>;

/// The images of a run.
pub(super) struct Pins {
    settings: Arc<Settings>,
    tell: Option<Tell>,
    /// By name: what every engine uses.
    decided: Mutex<Shared<Reference, (String, Found)>>,
    /// By engine and name, for engines beside the one that decided.
    followed: Mutex<Shared<(String, Reference), Found>>,
}

impl Pins {
    pub(super) fn new(settings: Arc<Settings>, tell: Option<Tell>) -> Self {
        Self {
            settings,
            tell,
            decided: Mutex::default(),
            followed: Mutex::default(),
        }
    }

    /// Returns the image at `host`; whoever comes first decides which content the name stands for.
    pub(super) async fn resolve(&self, host: &Host, image: &Reference) -> Result<Found, Trouble> {
        let cell = self
            .decided
            .lock()
            .entry(image.clone())
            .or_default()
            .clone();
        let decide = async {
            let found = self.find(host, image).await?;
            Ok::<_, Trouble>((host.address.clone(), found))
        };
        let (address, found) = cell.get_or_try_init(|| decide).await?;
        let Ok(pin) = found else {
            return Ok(found.clone());
        };
        if *address == host.address {
            return Ok(found.clone());
        }
        let key = (host.address.clone(), image.clone());
        let cell = self.followed.lock().entry(key).or_default().clone();
        let follow = self.follow(host, image, pin);
        Ok(cell.get_or_try_init(|| follow).await?.clone())
    }

    /// Looks for the image by its name.
    async fn find(&self, host: &Host, image: &Reference) -> Result<Found, Trouble> {
        let at = self.settings.rewrites.apply(image);
        if self.settings.pull != Pull::Always
            && let Some(there) = inspect(host, &at.to_string()).await?
        {
            return Ok(Ok(pin(&there, &at)));
        }
        if self.settings.pull == Pull::Never {
            return Ok(Err(format!(
                "the image {at} is not at {}, and images are never pulled here",
                host.address
            )));
        }
        self.pull(host, &at).await
    }

    /// Fetches to `host` the very content another engine has.
    async fn follow(&self, host: &Host, image: &Reference, pin: &Pin) -> Result<Found, Trouble> {
        let Some(at) = &pin.repository else {
            let at = self.settings.rewrites.apply(image);
            let there = inspect(host, &at.to_string()).await?;
            let same = there.filter(|there| there.id.as_deref() == Some(&pin.id));
            return Ok(same.map(|_| pin.clone()).ok_or_else(|| {
                format!("the image {at} was made on one engine only; push it to a registry")
            }));
        };
        let name = at.pinned(&pin.digest);
        if inspect(host, &name).await?.is_none() {
            let pinned = name.parse::<Reference>();
            let pinned = pinned.map_err(|error| Trouble::Lasting(error.to_string()))?;
            if let Err(why) = self.pull(host, &pinned).await? {
                return Ok(Err(why));
            }
        }
        let there = inspect(host, &name).await?;
        let there = there.ok_or_else(|| Trouble::Passing(format!("{name} is gone again")))?;
        Ok(Ok(Pin {
            id: there.id.unwrap_or_else(|| name.clone()),
            ..pin.clone()
        }))
    }

    /// Fetches `at` from its registry.
    async fn pull(&self, host: &Host, at: &Reference) -> Result<Found, Trouble> {
        self.say(&Progress::Started(at.clone()));
        let mut pause = PAUSE;
        let mut tried = 1;
        let pulled = loop {
            match self.pull_once(host, at).await {
                Err(Trouble::Passing(_)) if tried < TRIES => {}
                other => break other,
            }
            wait(pause).await;
            (tried, pause) = (tried + 1, pause * 2);
        };
        let found = match pulled {
            Ok(Ok(())) => match inspect(host, &at.to_string()).await? {
                Some(there) => Ok(pin(&there, at)),
                None => {
                    return Err(Trouble::Passing(format!(
                        "{at} was pulled and is not there"
                    )));
                }
            },
            Ok(Err(why)) => Err(format!("the image {at} cannot be pulled: {why}")),
            Err(trouble) => {
                self.say(&Progress::Failed(at.clone()));
                // It was tried often enough: whoever asks for the container need not try again.
                return Err(trouble
                    .about(&format!("the image {at} cannot be pulled"))
                    .for_good());
            }
        };
        self.say(&match &found {
            Ok(pin) => Progress::Finished {
                image: at.clone(),
                digest: pin.digest.clone(),
            },
            Err(_) => Progress::Failed(at.clone()),
        });
        Ok(found)
    }

    /// One attempt; the inner error says that no attempt will ever do.
    async fn pull_once(&self, host: &Host, at: &Reference) -> Result<Result<(), String>, Trouble> {
        let login = credentials::find(&self.settings, at.host()).await;
        let options = CreateImageOptions {
            from_image: Some(at.repository()),
            tag: Some(at.version().to_owned()),
            ..CreateImageOptions::default()
        };
        let mut news = host.docker.create_image(Some(options), None, login);
        let mut layers: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        loop {
            let next = tokio::time::timeout(SILENCE, news.next()).await;
            let silent = format!("the registry said nothing for {} s", SILENCE.as_secs());
            let info = match next.map_err(|_| Trouble::Passing(silent))? {
                None => return Ok(Ok(())),
                Some(Ok(info)) => info,
                Some(Err(error)) => {
                    let said = words(&error);
                    if room::complains(&said) {
                        return Err(Trouble::of(&error));
                    }
                    return match is_final(&error, &said) {
                        true => Ok(Err(said)),
                        false => Err(Trouble::Passing(said)),
                    };
                }
            };
            let amounts = info
                .progress_detail
                .map(|detail| (detail.current, detail.total));
            if let (Some(layer), Some((Some(done), Some(of)))) = (info.id, amounts)
                && info.status.as_deref() == Some("Downloading")
            {
                let bytes = |count: i64| u64::try_from(count).unwrap_or(0);
                layers.insert(layer, (bytes(done), bytes(of)));
                self.say(&Progress::Bytes {
                    image: at.clone(),
                    done: layers.values().map(|(done, _)| done).sum(),
                    of: layers.values().map(|(_, of)| of).sum(),
                });
            }
        }
    }

    fn say(&self, progress: &Progress) {
        if let Some(tell) = &self.tell {
            tell(progress);
        }
    }
}

/// Returns what an engine knows of an image, if it has it.
async fn inspect(host: &Host, name: &str) -> Result<Option<ImageInspect>, Trouble> {
    match host.docker.inspect_image(name).await {
        Ok(there) => Ok(Some(there)),
        Err(DockerResponseServerError {
            status_code: 404, ..
        }) => Ok(None),
        Err(error) => Err(Trouble::of(&error)),
    }
}

fn pin(there: &ImageInspect, at: &Reference) -> Pin {
    let id = there.id.clone().unwrap_or_else(|| at.to_string());
    let digests = there.repo_digests.iter().flatten();
    let mut parsed = digests.filter_map(|text| text.parse::<Reference>().ok());
    // Podman writes out what docker leaves to be understood; parsed, both are the same.
    let known = parsed.find(|known| known.repository() == at.repository());
    let digest = known.as_ref().and_then(|known| known.digest());
    Pin {
        digest: digest.unwrap_or(&id).to_owned(),
        repository: known.is_some().then(|| at.clone()),
        volumes: there
            .config
            .as_ref()
            .and_then(|config| config.volumes.clone())
            .unwrap_or_default(),
        platform: match (&there.os, &there.architecture) {
            (Some(os), Some(machine)) => format!("{os}/{machine}"),
            _ => String::new(),
        },
        id,
    }
}

/// Whether a registry's refusal is about the image or the user, not about the moment.
fn is_final(error: &bollard::errors::Error, said: &str) -> bool {
    let about_the_image = [
        "manifest unknown",
        "not found",
        "does not exist",
        "unauthorized",
        "no basic auth credentials",
        "access denied",
        "denied:",
        "invalid reference format",
        "no matching manifest",
        "unsupported",
    ];
    let refused = matches!(
        error,
        DockerResponseServerError {
            status_code: 400 | 401 | 403 | 404,
            ..
        }
    );
    let answered = matches!(
        error,
        DockerResponseServerError { .. } | DockerStreamError { .. }
    );
    // "host not found" is about the way, not about the image.
    let is_way = said.contains("no such host") || said.contains("dial tcp");
    refused || answered && !is_way && about_the_image.iter().any(|words| said.contains(words))
}

#[expect(
    clippy::disallowed_methods,
    reason = "engines and registries live in real time"
)]
pub(super) async fn wait(span: Duration) {
    tokio::time::sleep(span).await;
}
