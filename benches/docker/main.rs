//! What running a container through the executor costs above the container itself: the same image,
//! the same engine, in one run.
//!
//! `cargo bench --bench docker` after `tests/docker/setup` prints a table. `BENCH_N=50` sets how
//! often each row is measured.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bollard::{
    Docker,
    models::{ContainerCreateBody, HostConfig},
    query_parameters::{RemoveContainerOptions, WaitContainerOptions},
};
use emulate::{
    executor::{
        Executor, Executors, Image, Job, Program,
        docker::{Engines, Rewrites, Settings},
        inputs::{Inputs, Policy},
    },
    scenario::{Loaded, Overrides},
};
use futures_util::StreamExt as _;

/// The image, where `tests/docker/setup` has put it.
const IMAGE: &str = "127.0.0.1:5000/emulate/behave:1";

/// Containers of the crowd: 20 tasks, 5 votes each, and one run each for the truth.
const CROWD: usize = 120;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let times = std::env::var("BENCH_N").ok();
    let times: usize = times.and_then(|text| text.parse().ok()).unwrap_or(30);
    Command::new("docker")
        .args(["pull", "-q", IMAGE])
        .stdout(Stdio::null())
        .status()?;
    println!("one after another in turn, median of {times}, in milliseconds");
    let runtime = tokio::runtime::Runtime::new()?;
    let docker = runtime.block_on(Docker::connect_with_defaults()?.negotiate_version())?;
    let engines = Engines::new()?;
    let executor = engines.open(Settings::default(), None)?;
    let ours = || {
        let job = Job::new("bench", "w-0", Program::Image(Image::new(IMAGE)));
        let outcome = runtime.block_on(executor.execute(&job));
        let detail = outcome.detail;
        outcome.digest.map(drop).ok_or_else(|| detail.into())
    };
    let [run, plain, ours] = in_turn(
        times,
        [
            ("docker run --rm --network none", &by_command),
            ("create, start, wait, remove", &|| {
                runtime.block_on(by_hand(&docker))
            }),
            ("this executor", &ours),
        ],
    )?;
    drop(executor);
    let ratio = |other: f64| ours / other;
    println!(
        "this executor takes {:.2} of `docker run`, {:.2} of the plain sequence\n",
        ratio(run),
        ratio(plain)
    );
    println!("{CROWD} containers, containers a second");
    let mut best: f64 = 0.0;
    for at_once in [2, 4, 8] {
        let rate = CROWD as f64 / crowd_by_command(at_once)?.as_secs_f64();
        println!(
            "{:<40} {rate:>8.2}",
            format!("docker run, {at_once} at once")
        );
        best = best.max(rate);
    }
    let rate = CROWD as f64 / scenario(&engines)?.as_secs_f64();
    println!("{:<40} {rate:>8.2}", "a scenario, 5 workers and 20 tasks");
    println!(
        "the scenario reaches {:.2} of the best by hand",
        rate / best
    );
    Ok(())
}

/// What one row measures, by its name.
type Way<'a> = (&'a str, &'a dyn Fn() -> Outcome<()>);

/// Measures all ways in turn, so that whatever else the machine does slows them down alike; prints
/// a row for each and returns their medians in milliseconds.
fn in_turn<const N: usize>(times: usize, ways: [Way<'_>; N]) -> Outcome<[f64; N]> {
    let mut taken = [(); N].map(|()| Vec::with_capacity(times));
    for round in 0..=times {
        for ((_, once), taken) in ways.iter().zip(&mut taken) {
            let began = now();
            once()?;
            // The first round warms up.
            if round > 0 {
                taken.push(began.elapsed().as_secs_f64() * 1000.0);
            }
        }
    }
    let mut medians = [0.0; N];
    for (((name, _), mut taken), median) in ways.into_iter().zip(taken).zip(&mut medians) {
        taken.sort_by(f64::total_cmp);
        let at = |share: usize| taken[(taken.len() - 1) * share / 100];
        *median = at(50);
        println!(
            "{name:<40} {median:>8.0}   ({:.0} to {:.0})",
            at(10),
            at(90)
        );
    }
    Ok(medians)
}

fn by_command() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let bind = format!("{}:/iexec", folder.path().display());
    let status = Command::new("docker")
        .args(["run", "--rm", "--network", "none", "-v", &bind, IMAGE])
        .stdout(Stdio::null())
        .status()?;
    status
        .success()
        .then_some(())
        .ok_or_else(|| "docker run failed".into())
}

async fn by_hand(docker: &Docker) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let body = ContainerCreateBody {
        image: Some(IMAGE.to_owned()),
        host_config: Some(HostConfig {
            binds: Some(vec![format!("{}:/iexec", folder.path().display())]),
            network_mode: Some("none".to_owned()),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    };
    let id = docker.create_container(None, body).await?.id;
    docker.start_container(&id, None).await?;
    let options = WaitContainerOptions {
        condition: "not-running".to_owned(),
    };
    let mut waiting = Box::pin(docker.wait_container(&id, Some(options)));
    waiting.next().await.ok_or("the container is gone")??;
    let options = RemoveContainerOptions {
        force: true,
        v: true,
        ..RemoveContainerOptions::default()
    };
    Ok(docker.remove_container(&id, Some(options)).await?)
}

/// Runs the crowd by `docker run`, so many at once.
fn crowd_by_command(at_once: usize) -> Outcome<Duration> {
    let left = AtomicUsize::new(CROWD);
    let failed = AtomicUsize::new(0);
    let began = now();
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                let take = |left: usize| left.checked_sub(1);
                while left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
                    .is_ok()
                {
                    failed.fetch_add(usize::from(by_command().is_err()), Ordering::Relaxed);
                }
            });
        }
    });
    match failed.into_inner() {
        0 => Ok(began.elapsed()),
        failed => Err(format!("{failed} containers failed").into()),
    }
}

/// Plays a scenario of as many containers.
fn scenario(engines: &Arc<Engines>) -> Outcome<Duration> {
    let text = "[worker.w]\ncount = 5\nslots = 20\n[app.hello]\nrun = { image = \"emulate/behave:1\" }\n\
                [pool.main]\npolicy = \"all\"\n\
                [task.t]\napp = \"hello\"\ncount = 20\nreplication = 5\n\
                [[expect]]\ntask.t.status = \"COMPLETED\"\n";
    let read = |_: &Path| Err(std::io::Error::other("nothing is included"));
    let loaded = Loaded::new(text, Path::new("bench.toml"), &read, &Overrides::default())
        .map_err(|wrong| wrong.render(false))?;
    let settings = Settings {
        rewrites: Rewrites {
            mirror: Some("127.0.0.1:5000".to_owned()),
            ..Rewrites::default()
        },
        ..Settings::default()
    };
    let docker = Arc::new(engines.open(settings, None)?);
    let images = Arc::clone(&docker);
    let executors = Executors::new().with_images(images);
    let inputs = Inputs::new(Policy::below("."));
    let began = now();
    let finished = loaded.run(&inputs, &executors)?;
    let took = began.elapsed();
    let ran = docker.spent().len();
    if !finished.holds() || ran != CROWD {
        return Err(format!("the scenario ran {ran} containers and did not hold").into());
    }
    Ok(took)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}
