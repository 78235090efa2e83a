//! Which docker a run has, if it needs one: an engine, a record of what one did, or none. Rule: what
//! needs docker and has none says so, before the run.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use parking_lot::Mutex;

use super::NotRun;
use crate::{
    cli::{Exit, Output, interrupt::Interrupt, subject::Subject, whole},
    executor::{
        Executors,
        docker::{Docker, DockerError, Engines, Progress, Record, Replay, Settings, Tell},
        inputs::Inputs,
    },
    scenario::Loaded,
};

/// What all runs of a command share.
#[derive(Default)]
pub(in crate::cli) struct Session {
    /// Whether somebody asked the command to stop.
    pub(in crate::cli) interrupt: Interrupt,
    engines: OnceLock<Result<Arc<Engines>, DockerError>>,
}

impl Session {
    /// Begins a command that can be interrupted.
    pub(in crate::cli) fn begin() -> Self {
        Self {
            interrupt: Interrupt::listen(),
            engines: OnceLock::new(),
        }
    }

    /// Opens the engine `settings` name; what is fetched is told.
    pub(in crate::cli) fn open(
        &self,
        settings: Settings,
        output: &Output,
    ) -> Result<Docker, DockerError> {
        let engines = self.engines.get_or_init(Engines::new).clone()?;
        engines.open(settings, Some(teller(output)))
    }
}

/// Where container images are run.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Mode {
    /// By docker where there is one, else from the scenario's record.
    #[default]
    Auto,
    /// By docker, and nothing else.
    Require,
    /// Nowhere.
    Off,
    /// Nowhere: what they left is read from a record.
    Replay,
}

/// What a command can be told about container images.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct Containers {
    /// Where container images are run.
    #[arg(
        long = "docker",
        value_name = "MODE",
        value_enum,
        default_value_t,
        env = "EMULATE_DOCKER"
    )]
    mode: Mode,
    /// Keep what containers left in this file (.zip), or in a file of the scenario's name in this
    /// folder; with `--docker replay`, answer from there.
    #[arg(long, value_name = "FILE|DIR")]
    record: Option<PathBuf>,
}

/// Where a scenario's programs run and its inputs come from.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct Sources {
    #[command(flatten)]
    pub(in crate::cli) containers: Containers,
    /// Read the `offline` files of inputs instead of the network; always so where CI is set.
    #[arg(long)]
    offline: bool,
    /// Run the commands of this machine that the scenario's timeline names (`shell`); without it,
    /// such a scenario is refused.
    #[arg(long)]
    pub(super) allow_shell: bool,
}

impl Sources {
    /// Returns whether inputs come from this machine alone.
    pub(in crate::cli) fn is_offline(&self) -> bool {
        let ci = std::env::var_os("CI");
        self.offline || ci.is_some_and(|ci| !ci.is_empty() && ci != "false")
    }

    /// Returns the first flag that was given.
    pub(in crate::cli) fn given(&self) -> Option<&'static str> {
        let is_mode = self.containers.mode != Mode::Auto;
        let given = [
            (
                "--docker",
                is_mode && std::env::var_os("EMULATE_DOCKER").is_none(),
            ),
            ("--record", self.containers.record.is_some()),
            ("--offline", self.offline),
            ("--allow-shell", self.allow_shell),
        ];
        let given = given.into_iter().find(|(_, is_given)| *is_given);
        given.map(|(flag, _)| flag)
    }

    /// Returns the words of a command line that say the same.
    pub(super) fn again(&self) -> Vec<String> {
        let mut words = self.containers.again();
        words.extend(self.offline.then(|| "--offline".to_owned()));
        words.extend(self.allow_shell.then(|| "--allow-shell".to_owned()));
        words
    }
}

impl Containers {
    /// Returns whether scenarios that need docker fail, not only wait, where there is none.
    pub(in crate::cli) fn are_required(&self) -> bool {
        match self.mode {
            Mode::Require | Mode::Replay => true,
            Mode::Auto | Mode::Off => false,
        }
    }

    /// Returns what is wrong with the flags for so many scenarios, if anything.
    pub(in crate::cli) fn wrong(&self, scenarios: usize) -> Option<String> {
        let record = self.record.as_ref()?;
        if scenarios > 1 && is_file(record) {
            return Some(format!(
                "error: {} is one file for {scenarios} scenarios; give `--record` a folder",
                record.display()
            ));
        }
        if self.mode == Mode::Off {
            return Some("error: with `--docker off` there is nothing to `--record`".to_owned());
        }
        None
    }

    /// Returns the words of a command line that say the same.
    fn again(&self) -> Vec<String> {
        let mode = match self.mode {
            Mode::Auto => return Vec::new(),
            Mode::Require => "require",
            Mode::Off => "off",
            Mode::Replay => "replay",
        };
        let mut words = vec![format!("--docker {mode}")];
        if let (Mode::Replay, Some(record)) = (self.mode, &self.record) {
            words.push(format!("--record {}", record.display()));
        }
        words
    }

    /// Returns whether a record is to be written.
    pub(in crate::cli) fn records(&self) -> bool {
        self.record.is_some() && self.mode != Mode::Replay
    }

    /// Returns the record that is named as one file, and whether it is written.
    pub(in crate::cli) fn record_file(&self) -> Option<(&Path, bool)> {
        let record = self.record.as_deref().filter(|record| is_file(record))?;
        Some((record, self.mode != Mode::Replay))
    }

    fn record_of(&self, subject: &Subject) -> Option<PathBuf> {
        let record = self.record.as_ref()?;
        Some(match is_file(record) {
            true => record.clone(),
            false => record.join(format!("{}.docker.zip", subject.stem())),
        })
    }
}

fn is_file(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "zip")
}

/// What runs a scenario's programs.
pub(in crate::cli) struct Crew {
    pub(in crate::cli) executors: Arc<Executors>,
    docker: Option<Arc<Docker>>,
    record: Option<PathBuf>,
}

impl Crew {
    /// Finds what runs the programs of a scenario.
    ///
    /// # Errors
    ///
    /// [`NotRun`] when it needs docker and there is none, or its record is not there.
    pub(super) fn find(
        subject: &Subject,
        (loaded, inputs): (&Loaded, &Inputs),
        containers: &Containers,
        session: &Session,
        output: &Output,
    ) -> Result<Self, NotRun> {
        let crew = |executors: Executors| Self {
            executors: Arc::new(executors),
            docker: None,
            record: None,
        };
        if !loaded.has_images() {
            return Ok(crew(Executors::new()));
        }
        let told = |wrong: crate::scenario::Diagnostics| {
            output.error(wrong.render(output.is_coloured()).trim_end());
            NotRun::Told(Exit::BadInput)
        };
        let recorded = || loaded.docker_record(inputs).map_err(told);
        let answering = |record: Record, name: String| {
            crew(Executors::new().with_images(Arc::new(Replay::new(record, name))))
        };
        let own = || {
            format!(
                "the record {}",
                loaded.scenario.docker.record.as_deref().unwrap_or("")
            )
        };
        let written = containers.record_of(subject);
        match containers.mode {
            Mode::Off => return Err(NotRun::NoDocker("`--docker off` was given".to_owned())),
            Mode::Replay => {
                return match written {
                    Some(path) => {
                        let record = read(&path, output)?;
                        Ok(answering(record, format!("the record {}", path.display())))
                    }
                    None => match recorded()? {
                        Some(record) => Ok(answering(record, own())),
                        None => {
                            output.error(NO_RECORD);
                            Err(NotRun::Told(Exit::BadInput))
                        }
                    },
                };
            }
            Mode::Auto | Mode::Require => {}
        }
        let settings = Settings {
            record: written.is_some(),
            ..loaded.docker()
        };
        let error = match session.open(settings, output) {
            Ok(docker) => {
                let docker = Arc::new(docker);
                let images = Arc::clone(&docker);
                return Ok(Self {
                    executors: Arc::new(Executors::new().with_images(images)),
                    docker: Some(docker),
                    record: written,
                });
            }
            Err(error) => error,
        };
        if containers.mode == Mode::Auto
            && written.is_none()
            && let Some(record) = recorded()?
        {
            output.note(&format!("{error}: {} answers instead", own()));
            return Ok(answering(record, own()));
        }
        Err(NotRun::NoDocker(error.to_string()))
    }

    /// Writes what was asked to be kept of the containers, or tells why it cannot be.
    pub(in crate::cli) fn keep_record(&self, output: &Output) {
        let (Some(docker), Some(path)) = (&self.docker, &self.record) else {
            return;
        };
        let record = docker.record().unwrap_or_default();
        let written = record.write().map_err(|error| error.to_string());
        let written = written.and_then(|bytes| {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
            }
            whole::write(path, &bytes).map_err(|error| error.to_string())
        });
        match written {
            Ok(_) => {
                let runs = record.len();
                output.note(&format!(
                    "recorded {runs} container runs in {}",
                    path.display()
                ));
            }
            Err(error) => output.unwritten(path.display(), error),
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.executors.close();
    }
}

/// What to tell a user who wants answers from a record nobody named.
const NO_RECORD: &str = "error: there is no record to replay; name one with `--record FILE`, \
                         or in the scenario: `record = \"…\"` below `[docker]`";

fn read(path: &Path, output: &Output) -> Result<Record, NotRun> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string());
    let record = bytes.and_then(|bytes| Record::read(&bytes).map_err(|error| error.to_string()));
    record.map_err(|error| {
        output.error(&format!("error: {}: {error}", path.display()));
        NotRun::Told(Exit::BadInput)
    })
}

/// Tells of images that are fetched: with a bar to who is watching, else in lines.
fn teller(output: &Output) -> Tell {
    let (is_quiet, is_watched) = (output.is_quiet(), output.is_interactive());
    let bar: Mutex<Option<ProgressBar>> = Mutex::new(None);
    Arc::new(move |progress| {
        let output = Output::new(is_quiet);
        let end = || {
            if let Some(bar) = bar.lock().take() {
                bar.finish_and_clear();
            }
        };
        match progress {
            Progress::Started(image) => output.note(&format!("pulling {image}")),
            Progress::Bytes { image, done, of } if is_watched && !is_quiet => {
                let mut bar = bar.lock();
                let bar = bar.get_or_insert_with(|| new_bar(image.to_string()));
                bar.set_length(*of);
                bar.set_position(*done);
            }
            Progress::Bytes { .. } => {}
            Progress::Finished { image, digest } => {
                end();
                output.note(&format!("pulled {image}, which is {digest}"));
            }
            Progress::Failed(_) => end(),
        }
    })
}

fn new_bar(name: String) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {bytes} of {total_bytes}") {
        bar.set_style(style);
    }
    bar.with_message(name)
}
