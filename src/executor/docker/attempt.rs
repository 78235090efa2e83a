//! One container from its making to its end. The rule: it is taken away again whatever happens,
//! and in the background, since nobody waits for that.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bollard::{
    container::LogOutput,
    errors::Error::{DockerContainerWaitError, DockerResponseServerError},
    models::{ContainerCreateBody, ContainerState},
    query_parameters::{AttachContainerOptions, CreateContainerOptions, WaitContainerOptions},
};
use futures_util::{Stream, StreamExt as _};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{
    Confinement, blame,
    collect::{self, Room},
    connect::Host,
    container,
    owner::unix_seconds,
    pull::{Pin, wait},
    room,
    runner::{Run, Trouble},
    sweep,
    transport::Transport,
};
use crate::executor::{Captured, Contained, Ended, Job, OutcomeKind, Spent};

/// How much longer than its time a container may be somebody's.
const DEADLINE_MARGIN: u64 = 600;

/// How often a running container is looked at, and every which time the engine is greeted.
const LOOK: Duration = Duration::from_secs(1);
const GREET_EVERY: u32 = 15;

/// How long the last words of a program that is over may take.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// A container that is taken away when this is dropped, with what lies outside of it.
struct Made {
    run: Arc<Run>,
    host: Arc<Host>,
    id: String,
    /// The container that has its folders.
    holder: Option<String>,
    transport: Option<Transport>,
}

impl Drop for Made {
    fn drop(&mut self) {
        let (host, id, holder, transport) = (
            Arc::clone(&self.host),
            std::mem::take(&mut self.id),
            self.holder.take(),
            self.transport.take(),
        );
        self.run.in_background(async move {
            // What fails here is swept by the next process.
            for id in [Some(id), holder].into_iter().flatten() {
                let _ = sweep::remove(&host.docker, &id).await;
            }
            let _ = tokio::task::spawn_blocking(move || drop(transport)).await;
        });
    }
}

/// How a container came to its end.
pub(super) enum End {
    Exited(i64),
    TimedOut,
    Overflowed,
}

/// Runs `job` once at `host`.
pub(super) async fn attempt(
    run: &Arc<Run>,
    host: &Arc<Host>,
    job: &Job,
    confinement: &Confinement,
    pin: &Pin,
) -> Result<(Ended, Spent), Trouble> {
    let mut watch = Stopwatch::start();
    let mut spent = Spent::new(job, &pin.digest);
    let transport = Transport::prepare(run, host, job, confinement.profile, pin).await?;
    let made = make(run, host, job, confinement, (pin, transport)).await?;
    let transport = made.transport.as_ref().ok_or_else(Trouble::vanished)?;
    let filled = made.holder.as_ref().unwrap_or(&made.id);
    transport
        .deliver(host, filled, job, confinement.profile)
        .await?;
    let streams = Arc::new(Mutex::new(Streams::new(job.limits.log_bytes)));
    let ended = |kind, detail: String| Ended {
        contained: Some(Contained {
            image: pin.digest.clone(),
            exit: None,
            out_of_memory: false,
        }),
        ..Ended::empty(kind, detail)
    };
    let listening = listen(host, &made.id, &streams).await;
    spent.create = watch.lap();
    let begun = begin(host, &made.id, listening).await;
    spent.start = watch.lap();
    let reading = match begun {
        Ok(reading) => reading,
        Err(error) => {
            let (kind, why) = blame::not_started(&state_of(host, &made.id).await?, &error)?;
            return Ok((ended(kind, why), spent));
        }
    };
    let room = Room {
        files: job.limits.output_files,
        bytes: job.limits.output_bytes,
    };
    let end = until_over(host, &made.id, job, (transport, room)).await?;
    spent.run = watch.lap();
    if let End::TimedOut | End::Overflowed = end {
        // No mercy: how far it gets in a second more would differ from worker to worker. If this
        // fails, removing it does the same.
        let _ = host.docker.kill_container(&made.id, None).await;
    }
    if tokio::time::timeout(LAST_WORDS, reading).await.is_err() {
        streams.lock().cut = true;
    }
    let state = match &end {
        End::Exited(0) | End::TimedOut | End::Overflowed => ContainerState::default(),
        End::Exited(_) => state_of(host, &made.id).await?,
    };
    let kind = blame::kind_of(host, &end, &state);
    let inputs = Room {
        files: room.files.saturating_add(job.inputs.len()),
        bytes: room.bytes.saturating_add(job.inputs.bytes()),
    };
    let mut ended = ended(kind, detail_of(&end, job));
    match &end {
        End::Exited(_) => match transport.collect(host, &made.id, job, inputs).await? {
            Ok(left) => (ended.files, ended.oddities) = (left.files, left.oddities),
            Err(why) => (ended.kind, ended.detail) = (OutcomeKind::OutputError, why),
        },
        End::TimedOut | End::Overflowed => {}
    }
    (ended.stdout, ended.stderr) = streams.lock().captured();
    blame::refine(&mut ended, job, pin);
    room::engine_had_room((host, transport), &made.id, job, &ended).await?;
    spent.collect = watch.lap();
    (spent.stdout, spent.stderr) = (ended.stdout.clone(), ended.stderr.clone());
    if let (Some(contained), End::Exited(code)) = (&mut ended.contained, &end) {
        contained.exit = Some(*code);
        contained.out_of_memory = ended.kind == OutcomeKind::OutOfMemory;
    }
    Ok((ended, spent))
}

/// Makes the container, in the background: whoever waits for it may be gone when it is there, and
/// then it is taken away at once.
async fn make(
    run: &Arc<Run>,
    host: &Arc<Host>,
    job: &Job,
    confinement: &Confinement,
    (pin, transport): (&Pin, Transport),
) -> Result<Made, Trouble> {
    let name = name_of(&run.id, job);
    let name_of_holder = format!("{name}-folders");
    let labels = labels(run, job);
    let folders = transport.folders(job.contract, &name_of_holder);
    let body = container::body(host, job, confinement, pin, (folders, labels.clone()));
    let held = transport.held(job.contract);
    let held = held.map(|folders| container::holder(pin, folders, labels));
    let (send, made) = oneshot::channel();
    let (run_too, host) = (Arc::clone(run), Arc::clone(host));
    run.in_background(async move {
        let creating = async {
            let holder = match held {
                Some(body) => Some(create(&host, &name_of_holder, body).await?),
                None => None,
            };
            match create(&host, &name, body).await {
                Ok(id) => Ok((id, holder)),
                Err(trouble) => {
                    if let Some(holder) = holder {
                        // What fails here is swept by the next process.
                        let _ = sweep::remove(&host.docker, &holder).await;
                    }
                    Err(trouble)
                }
            }
        };
        let made = creating.await.map(|(id, holder)| Made {
            run: run_too,
            host,
            id,
            holder,
            transport: Some(transport),
        });
        // A receiver that is gone drops what it was to get.
        let _ = send.send(made);
    });
    made.await.unwrap_or_else(|_| Err(Trouble::vanished()))
}

/// Returns what tells whose a container of `job` is.
fn labels(run: &Run, job: &Job) -> HashMap<String, String> {
    let wall = job.limits.wall.as_secs();
    let deadline = unix_seconds() + wall.saturating_add(DEADLINE_MARGIN).min(1 << 40);
    let mut labels = run.owner.labels(&run.id, deadline);
    labels.insert(super::owner::label("task"), job.task.to_string());
    labels.insert(super::owner::label("worker"), job.worker.to_string());
    labels
}

/// Makes a container and returns its id; a leftover of the same name goes first.
async fn create(host: &Host, name: &str, body: ContainerCreateBody) -> Result<String, Trouble> {
    let options = CreateContainerOptions {
        name: Some(name.to_owned()),
        ..CreateContainerOptions::default()
    };
    let create = || {
        let made = host
            .docker
            .create_container(Some(options.clone()), body.clone());
        async { made.await.map_err(|error| (is_taken(&error), error)) }
    };
    let made = match create().await {
        Err((true, _)) => {
            let removed = sweep::remove(&host.docker, name).await;
            removed.map_err(|error| Trouble::of(&error))?;
            create().await
        }
        other => other,
    };
    let made = made.map_err(|(_, error)| blame::not_made(&error))?;
    Ok(made.id)
}

fn is_taken(error: &bollard::errors::Error) -> bool {
    matches!(
        error,
        DockerResponseServerError {
            status_code: 409,
            ..
        }
    )
}

/// Returns a name for the container that says what it is for, in letters any engine takes.
fn name_of(run: &str, job: &Job) -> String {
    let raw = format!("emulate-{run}-{}-{}", job.worker, job.task);
    let plain = |char: char| match char {
        char if char.is_ascii_alphanumeric() || "_.-".contains(char) => char,
        _ => '_',
    };
    raw.chars().map(plain).take(200).collect()
}

/// What a program has printed so far.
struct Streams {
    limit: usize,
    out: Vec<u8>,
    err: Vec<u8>,
    /// Whether there was more, of either.
    more: (bool, bool),
    /// Whether the end was not waited for.
    cut: bool,
}

impl Streams {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            out: Vec::new(),
            err: Vec::new(),
            more: (false, false),
            cut: false,
        }
    }

    fn take(&mut self, output: LogOutput) {
        let (kept, more, message) = match &output {
            LogOutput::StdErr { message } => (&mut self.err, &mut self.more.1, message),
            LogOutput::StdOut { message } | LogOutput::Console { message } => {
                (&mut self.out, &mut self.more.0, message)
            }
            LogOutput::StdIn { .. } => return,
        };
        let room = self.limit.saturating_sub(kept.len());
        *more |= message.len() > room;
        kept.extend_from_slice(&message[..message.len().min(room)]);
    }

    fn captured(&mut self) -> (Captured, Captured) {
        let captured = |bytes: Vec<u8>, more: bool| Captured {
            bytes: bytes.into(),
            truncated: more || self.cut,
        };
        let (out, err) = (std::mem::take(&mut self.out), std::mem::take(&mut self.err));
        (captured(out, self.more.0), captured(err, self.more.1))
    }
}

/// Hears everything a container will print, from its first word on; keeps what there is room for.
async fn listen(
    host: &Host,
    id: &str,
    streams: &Arc<Mutex<Streams>>,
) -> Result<tokio::task::JoinHandle<()>, bollard::errors::Error> {
    let options = AttachContainerOptions {
        stream: true,
        stdout: true,
        stderr: true,
        ..AttachContainerOptions::default()
    };
    let mut attached = host.docker.attach_container(id, Some(options)).await?;
    let streams = Arc::clone(streams);
    let listening = async move {
        // A broken connection is noticed by whoever waits for the end.
        while let Some(Ok(output)) = attached.output.next().await {
            streams.lock().take(output);
        }
    };
    Ok(tokio::runtime::Handle::current().spawn(listening))
}

/// Starts a container, unless hearing it failed: Podman readies a program as soon as somebody wants
/// to hear it, so what cannot be started fails there already.
async fn begin<T>(
    host: &Host,
    id: &str,
    listening: Result<T, bollard::errors::Error>,
) -> Result<T, bollard::errors::Error> {
    let listening = listening?;
    host.docker.start_container(id, None).await?;
    Ok(listening)
}

/// Waits until a container is over or has to be ended.
async fn until_over(
    host: &Host,
    id: &str,
    job: &Job,
    (transport, room): (&Transport, Room),
) -> Result<End, Trouble> {
    let options = WaitContainerOptions {
        condition: "not-running".to_owned(),
    };
    let mut waiting = Box::pin(host.docker.wait_container(id, Some(options)));
    let output = transport.output(job.contract);
    let looking = async {
        for look in 1_u32.. {
            wait(LOOK).await;
            if look.is_multiple_of(GREET_EVERY) && !host.answers().await {
                return Err(Trouble::Passing("it does not answer any more".to_owned()));
            }
            let Some(output) = output.clone() else {
                continue;
            };
            let engine = host.data.clone();
            let looked = move || {
                // A program may tidy up after itself before anybody looks again.
                if let Some(place) = engine {
                    room::is_full(&place);
                }
                collect::overflows(&output, room)
            };
            if tokio::task::spawn_blocking(looked).await.unwrap_or(false) {
                break;
            }
        }
        Ok(End::Overflowed)
    };
    tokio::select! {
        biased;
        exited = exit_code(&mut waiting) => exited.map(End::Exited),
        looked = looking => looked,
        () = wait(job.limits.wall) => Ok(End::TimedOut),
    }
}

async fn exit_code(
    waiting: &mut (
             impl Stream<Item = Result<bollard::models::ContainerWaitResponse, bollard::errors::Error>>
             + Unpin
         ),
) -> Result<i64, Trouble> {
    match waiting.next().await {
        Some(Ok(over)) => Ok(over.status_code),
        Some(Err(DockerContainerWaitError { code, .. })) => Ok(code),
        Some(Err(error)) => Err(Trouble::of(&error)),
        None => Err(Trouble::vanished()),
    }
}

async fn state_of(host: &Host, id: &str) -> Result<ContainerState, Trouble> {
    let about = host.docker.inspect_container(id, None).await;
    let about = about.map_err(|error| Trouble::of(&error))?;
    Ok(about.state.unwrap_or_default())
}

fn detail_of(end: &End, job: &Job) -> String {
    match end {
        End::Exited(_) => String::new(),
        End::TimedOut => format!("it was stopped after {} s", job.limits.wall.as_secs_f64()),
        End::Overflowed => "it was stopped while it wrote far more than it may leave".to_owned(),
    }
}

/// Measures steps.
struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long real programs really took is told beside the log, never in it"
    )]
    fn start() -> Self {
        Self(Instant::now())
    }

    fn lap(&mut self) -> Duration {
        let before = std::mem::replace(self, Self::start());
        self.0.saturating_duration_since(before.0)
    }
}
