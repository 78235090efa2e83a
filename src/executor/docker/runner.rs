//! The executor: jobs in, outcomes out, whatever engines do meanwhile. The rule: a fault of the
//! machinery is never a result; the worker it befalls has no opinion.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin as Pinned,
    sync::{Arc, mpsc},
    task::{Context, Poll},
    time::Duration,
};

use bollard::errors::Error::DockerResponseServerError;
use parking_lot::Mutex;
use tokio::{
    runtime::{Handle, Runtime},
    sync::{OnceCell, watch},
    task::JoinHandle,
};

use super::{
    DockerError, Record, Reference, Settings, Tell,
    attempt::attempt,
    connect::{Host, default_address, words},
    owner::Owner,
    pull::{Pins, wait},
    room, sweep,
};
use crate::executor::{
    Ended, Executor, Image, Job, Outcome, OutcomeKind, Program, Running, Spent, conclude,
};

/// How often a task is tried when its engine fails, and how long is waited before the second time.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// How long taking everything away may take.
const FAREWELL: Duration = Duration::from_secs(10);

/// A fault of the machinery.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// Another attempt may do.
    Passing(String),
    /// No attempt will do.
    Lasting(String),
    /// It is none of the machinery: the image is such that no engine makes a container of it.
    Image(String),
}

impl Trouble {
    /// Returns the trouble that an engine's answer, or the lack of one, means.
    pub(super) fn of(error: &bollard::errors::Error) -> Self {
        let said = words(error);
        if room::complains(&said) {
            return Self::Lasting(format!("its disk is full: {said}"));
        }
        match matches!(
            error,
            DockerResponseServerError {
                status_code: 400,
                ..
            }
        ) {
            true => Self::Lasting(said),
            false => Self::Passing(said),
        }
    }

    /// Returns the trouble of a container that is not there any more.
    pub(super) fn vanished() -> Self {
        Self::Passing("the container is gone".to_owned())
    }

    /// Returns the same, after which nothing is tried any more.
    pub(super) fn for_good(self) -> Self {
        match self {
            Self::Passing(why) | Self::Lasting(why) => Self::Lasting(why),
            Self::Image(why) => Self::Image(why),
        }
    }

    /// Says what it was about.
    pub(super) fn about(self, what: &str) -> Self {
        match self {
            Self::Passing(why) => Self::Passing(format!("{what}: {why}")),
            Self::Lasting(why) => Self::Lasting(format!("{what}: {why}")),
            Self::Image(why) => Self::Image(why),
        }
    }
}

/// All engines a process talks to: each has one connection and one number of containers at once,
/// however many runs there are.
pub struct Engines {
    runtime: Option<Runtime>,
    owner: Arc<Owner>,
    hosts: Mutex<BTreeMap<String, Arc<OnceCell<Arc<Host>>>>>,
    runs: Mutex<u64>,
}

impl Engines {
    /// Begins to be able to talk to engines; talks to none yet.
    ///
    /// # Errors
    ///
    /// [`DockerError::Runtime`] when the system gives no threads.
    pub fn new() -> Result<Arc<Self>, DockerError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("docker")
            .enable_all()
            .build()
            .map_err(|error| DockerError::Runtime(error.to_string()))?;
        Ok(Arc::new(Self {
            runtime: Some(runtime),
            owner: Arc::new(Owner::this_process()),
            hosts: Mutex::default(),
            runs: Mutex::default(),
        }))
    }

    /// Returns an executor for a run, once the engine it usually uses has answered.
    ///
    /// What killed processes left on this machine and at that engine is taken away first. `tell`
    /// hears of images that are fetched.
    ///
    /// # Errors
    ///
    /// [`DockerError`] when there is no such engine.
    pub fn open(
        self: &Arc<Self>,
        settings: Settings,
        tell: Option<Tell>,
    ) -> Result<Docker, DockerError> {
        let number = {
            let mut runs = self.runs.lock();
            *runs += 1;
            *runs
        };
        let settings = Arc::new(settings);
        let run = Arc::new(Run {
            id: format!("{}-{number}", self.owner.id()),
            owner: Arc::clone(&self.owner),
            engines: Arc::clone(self),
            pins: Pins::new(Arc::clone(&settings), tell),
            address: settings.host.clone().unwrap_or_else(default_address),
            record: settings.record.then(Mutex::default),
            settings,
            stop: watch::Sender::new(false),
            background: Mutex::default(),
            used: Mutex::default(),
            trouble: Mutex::default(),
            spent: Mutex::default(),
        });
        let host = run.address.clone();
        let docker = Docker(run);
        let run = Arc::clone(&docker.0);
        self.wait_for(async move { run.host(&host).await.map(drop) })
            .unwrap_or_else(|| Err(DockerError::Runtime("its threads are gone".into())))?;
        Ok(docker)
    }

    fn handle(&self) -> Option<&Handle> {
        self.runtime.as_ref().map(Runtime::handle)
    }

    /// Waits on this thread, whatever it is, for work that is done on others.
    fn wait_for<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (send, receive) = mpsc::sync_channel(1);
        self.handle()?.spawn(async move {
            // Nobody but the line below receives.
            let _ = send.send(work.await);
        });
        receive.recv().ok()
    }
}

impl Drop for Engines {
    fn drop(&mut self) {
        // The last one may be dropped on one of these threads, where waiting for them is no option.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Runs container images for one run of the emulator. Dropping it takes away what is left.
pub struct Docker(Arc<Run>);

impl Docker {
    /// Returns what was run so far, to be answered from later, if the settings asked for it.
    pub fn record(&self) -> Option<Record> {
        self.0.record.as_ref().map(|record| record.lock().clone())
    }

    /// Returns the kind and version of that engine, such as `docker 20.10.24`.
    pub fn engine(&self) -> String {
        let used = self.0.used.lock();
        used.get(&self.0.address).map_or_else(String::new, |host| {
            let kind = if host.is_podman { "podman" } else { "docker" };
            format!("{kind} {}", host.version)
        })
    }

    /// Returns where the engine is that is used unless a worker says otherwise.
    pub fn address(&self) -> &str {
        &self.0.address
    }
}

impl Executor for Docker {
    fn name(&self) -> &'static str {
        "docker"
    }

    /// Runs `job` on threads of its own: the outcome can be awaited anywhere.
    fn execute<'a>(&'a self, job: &'a Job) -> Running<'a> {
        let run = Arc::clone(&self.0);
        let job = job.clone();
        let Some(handle) = self.0.engines.handle() else {
            let outcome = unavailable(&job, "docker's threads are gone");
            return Box::pin(std::future::ready(outcome));
        };
        let lost = unavailable(&job, "docker's threads are gone");
        let working = handle.spawn(async move { run.run(&job).await });
        Box::pin(async move { Spawned(working).await.unwrap_or(lost) })
    }

    fn stop(&self) {
        self.0.stop.send_replace(true);
    }

    fn close(&self) {
        self.stop();
        let run = Arc::clone(&self.0);
        let farewell = async move { tokio::time::timeout(FAREWELL, run.take_away()).await };
        // What is left after that time is swept by the next process.
        let _ = self.0.engines.wait_for(farewell);
    }

    fn trouble(&self) -> Option<String> {
        self.0.trouble.lock().clone()
    }

    fn spent(&self) -> Vec<Spent> {
        self.0.spent.lock().clone()
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        self.close();
    }
}

/// Work on other threads that ends when nobody waits for it any more.
struct Spawned(JoinHandle<Outcome>);

impl Future for Spawned {
    type Output = Option<Outcome>;

    fn poll(mut self: Pinned<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Outcome>> {
        Pinned::new(&mut self.0).poll(cx).map(Result::ok)
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What the containers of one run share.
pub(super) struct Run {
    pub(super) id: String,
    pub(super) owner: Arc<Owner>,
    engines: Arc<Engines>,
    pins: Pins,
    address: String,
    settings: Arc<Settings>,
    stop: watch::Sender<bool>,
    background: Mutex<Vec<JoinHandle<()>>>,
    used: Mutex<BTreeMap<String, Arc<Host>>>,
    trouble: Mutex<Option<String>>,
    spent: Mutex<Vec<Spent>>,
    record: Option<Mutex<Record>>,
}

impl Run {
    /// Does work nobody waits for, except at the end of the run.
    pub(super) fn in_background(&self, work: impl Future<Output = ()> + Send + 'static) {
        let Some(handle) = self.engines.handle() else {
            return;
        };
        let mut background = self.background.lock();
        background.retain(|one| !one.is_finished());
        background.push(handle.spawn(work));
    }

    /// Returns the engine at `address`, which everybody in this process shares.
    async fn host(&self, address: &str) -> Result<Arc<Host>, DockerError> {
        let known = self.used.lock().get(address).cloned();
        if let Some(host) = known {
            return Ok(host);
        }
        let cell = {
            let mut hosts = self.engines.hosts.lock();
            Arc::clone(hosts.entry(address.to_owned()).or_default())
        };
        let connect = async {
            sweep::sweep_folders(&std::env::temp_dir());
            let host = Host::connect(address, self.settings.parallel, &self.owner).await?;
            Ok::<_, DockerError>(Arc::new(host))
        };
        let host = Arc::clone(cell.get_or_try_init(|| connect).await?);
        self.used
            .lock()
            .insert(address.to_owned(), Arc::clone(&host));
        Ok(host)
    }

    /// Runs `job`, unless the run is stopped meanwhile.
    async fn run(self: Arc<Self>, job: &Job) -> Outcome {
        let mut stop = self.stop.subscribe();
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => unavailable(job, "the run was stopped"),
            outcome = self.outcome(job) => outcome,
        }
    }

    async fn outcome(self: &Arc<Self>, job: &Job) -> Outcome {
        let Program::Image(image) = &job.program else {
            return unavailable(job, "docker runs container images only");
        };
        let job = &confined(job, image);
        match self.ended(job, image).await {
            Ok(ended) => {
                if let Some(record) = &self.record {
                    record.lock().add(job, image, &ended);
                }
                conclude(job, "docker", ended)
            }
            Err(Trouble::Passing(why) | Trouble::Lasting(why) | Trouble::Image(why)) => {
                self.trouble.lock().get_or_insert_with(|| why.clone());
                unavailable(job, &why)
            }
        }
    }

    async fn ended(self: &Arc<Self>, job: &Job, image: &Image) -> Result<Ended, Trouble> {
        let name = match image.reference.parse::<Reference>() {
            Ok(name) => name,
            Err(error) => return Ok(Ended::empty(OutcomeKind::ImageError, error.to_string())),
        };
        let address = job.place.docker_host.as_ref().unwrap_or(&self.address);
        let host = self.host(address).await;
        let host = host.map_err(|error| Trouble::Lasting(error.to_string()))?;
        let about = |trouble: Trouble| trouble.about(&format!("docker at {address} fails"));
        let mut pause = PAUSE;
        let mut tried = 1;
        loop {
            match self.try_once(&host, job, image, &name).await {
                Err(Trouble::Passing(_)) if tried < TRIES => {}
                other => return other.map_err(about),
            }
            wait(pause).await;
            (tried, pause) = (tried + 1, pause * 2);
        }
    }

    async fn try_once(
        self: &Arc<Self>,
        host: &Arc<Host>,
        job: &Job,
        image: &Image,
        name: &Reference,
    ) -> Result<Ended, Trouble> {
        let pin = match self.pins.resolve(host, name).await? {
            Ok(pin) => pin,
            Err(why) => return Ok(Ended::empty(OutcomeKind::ImageError, why)),
        };
        let place = host.slots.acquire().await;
        let done = attempt(self, host, job, &image.confinement, &pin).await;
        drop(place);
        let (ended, spent) = match done {
            Err(Trouble::Image(why)) => {
                return Ok(Ended::empty(OutcomeKind::ImageError, why));
            }
            done => done?,
        };
        self.spent.lock().push(spent);
        Ok(ended)
    }

    /// Takes away everything this run made, at all its engines.
    async fn take_away(&self) {
        loop {
            let background = std::mem::take(&mut *self.background.lock());
            if background.is_empty() {
                break;
            }
            futures_util::future::join_all(background).await;
        }
        let used: Vec<Arc<Host>> = self.used.lock().values().cloned().collect();
        for host in used {
            // An engine that does not answer is left to the next process.
            let _ = sweep::remove_run(&host.docker, &self.id).await;
        }
    }
}

/// Returns the job with the limits its image's confinement sets.
fn confined(job: &Job, image: &Image) -> Job {
    let mut job = job.clone();
    let confinement = &image.confinement;
    let limits = &mut job.limits;
    limits.memory = confinement.memory.unwrap_or(limits.memory);
    limits.wall = confinement.timeout.unwrap_or(limits.wall);
    limits.output_bytes = confinement.output.unwrap_or(limits.output_bytes);
    job
}

fn unavailable(job: &Job, why: &str) -> Outcome {
    conclude(job, "docker", Ended::empty(OutcomeKind::Unavailable, why))
}
