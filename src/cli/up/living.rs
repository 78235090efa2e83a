//! `emulate up FILE`: a scenario's network, alive. Rule: the world is driven by one task; clients,
//! the story and the reports see it only between two of its moments.

use std::{sync::Arc, time::Instant};

use super::{
    Refusal, Up, banner, begin, bind, listen,
    narrate::Narrator,
    ready::Ready,
    runtime,
    stop::{self, Ending},
};
use crate::{
    cli::{
        Exit, Output,
        claims::Claims,
        run::{Ended, Reports, Session, Stage, peak_memory},
        shelf::{Keeping, Place},
        subject::Subject,
    },
    log::{EndReason, view::Measured},
    report,
    scenario::model::{Clock as Mode, Listen, Moment},
    server::{Server, clock, rpc::Node},
    time::Timestamp,
    world::{Clock, World, WorldHandle, drive},
};

/// How many requests of clients wait for the world before clients have to.
const MAILBOX: usize = 256;

/// Brings the network of the scenario called `name` to life; says how it ended.
pub(super) fn run(up: &Up, name: &str, output: &Output) -> Result<Exit, Refusal> {
    let subject = Subject::find(name).map_err(|message| {
        output.error(&message);
        Refusal::said(Exit::BadInput)
    })?;
    let loaded = subject.load(&up.network.overrides(), output);
    let loaded = loaded.map_err(Refusal::said)?;
    let told = &up.network;
    let reports = Reports::new(told.out.as_deref(), &told.reports, false);
    claim(up, &subject, &reports)?;
    let session = Session::default();
    let stage = Stage::new(loaded, &subject, &up.network.sources, &session, output);
    let mut stage = stage.map_err(|not_run| Refusal::said(not_run.tell(name, output)))?;
    reports.make_folders().map_err(|message| {
        output.error(&message);
        Refusal::said(Exit::Environment)
    })?;
    let began = now();
    let mut world = begin_world(&stage, output)?;
    let keeping = keep(up, &subject, &mut stage, &mut world, output)?;
    let lived = runtime()?.block_on(live(up, &stage, world, output));
    let (ended, exit) = match lived {
        Ok(lived) => lived,
        Err(refusal) => {
            keeping.into_iter().for_each(Keeping::discard);
            return Err(refusal);
        }
    };
    let measured = Measured {
        wall: Some(now().saturating_duration_since(began)),
        memory: peak_memory(),
    };
    conclude(
        &stage,
        (ended, exit),
        measured,
        (&subject, &reports, keeping, output),
    )
}

/// Looks that no file has two uses.
fn claim(up: &Up, subject: &Subject, reports: &Reports) -> Result<(), Refusal> {
    let told = &up.network;
    let mut claims = Claims::default();
    claims.reads_scenario(subject, &told.overrides());
    claims.uses_record(&told.sources);
    claims.writes_reports(reports, subject);
    if let Some(path) = up.session(subject) {
        claims.writes(&path, "--save, or --out for the session,");
    }
    if let Some(path) = &up.ready {
        claims.writes(path, "--ready");
    }
    claims.judge().map_err(Refusal::input)
}

/// Begins the file of the session, if one is wanted: from now on it is told what is done to the
/// world.
fn keep(
    up: &Up,
    subject: &Subject,
    stage: &mut Stage,
    world: &mut World,
    output: &Output,
) -> Result<Option<Keeping>, Refusal> {
    let Some(path) = up.session(subject) else {
        return Ok(None);
    };
    // The moment the chain's clock began at is part of what the session was.
    let mut loaded = stage.loaded.clone();
    let start = Moment(world.cast().time.start);
    let start = ("time.start".to_owned(), format!("\"{start}\""));
    loaded.overrides.sets.push(start);
    let keeping = Keeping::begin(Place::at(path), subject, (&loaded, &stage.inputs));
    let keeping = keeping.map_err(|refused| {
        let told = refused.tell(output);
        Refusal::said(told.err().unwrap_or(Exit::Environment))
    })?;
    let writer = keeping.sink();
    world.tell_deeds(Arc::new(move |deed| writer.deed(deed)));
    let recorder = keeping.sink();
    if let Some(executors) = Arc::get_mut(&mut stage.crew.executors) {
        executors.wrap_images(|images| Arc::new(recorder.recorder(images)));
    }
    Ok(Some(keeping))
}

/// The world with everything in place, at the moment it begins.
fn begin_world(stage: &Stage, output: &Output) -> Result<World, Refusal> {
    let mut cast = stage.check(output).map_err(Refusal::said)?;
    let time = &stage.loaded.scenario.time;
    if time.mode == Mode::Virtual && stage.loaded.document.root.find(&["time", "mode"]).is_some() {
        output.note(
            "time is virtual in the scenario, which no server can be: it follows the wall clock \
             here (--speed 10x makes it faster, --manual leaves it to clients)",
        );
    }
    // Whoever looks at the clock of a living chain sees the wall's, unless the file has its own.
    if time.mode != Mode::Manual && time.start == Moment::DEFAULT {
        cast.time.start = clock::wall();
    }
    let mut world = World::new(cast).map_err(Refusal::input)?;
    // Owners and schedulers put their orders into the book the moment they begin.
    world.advance(Timestamp::START);
    Ok(world)
}

/// Serves the world until something says stop; returns it and what the shell is told, unless that
/// is for its verdicts to say.
async fn live(
    up: &Up,
    stage: &Stage,
    mut world: World,
    output: &Output,
) -> Result<(World, Option<Exit>), Refusal> {
    let scenario = &stage.loaded.scenario;
    let (handle, mailbox) = WorldHandle::new(MAILBOX);
    let rpc = match scenario.serve.rpc {
        Some(Listen::On(address)) => Some(address),
        Some(Listen::Off) | None => None,
    };
    let cannot = |error: std::io::Error| Refusal::environment(format!("cannot serve: {error}"));
    let listener = listen(up, rpc, output).await?;
    let mut node = Node::living(&world, handle.clone()).logging_to(output.notes());
    if scenario.time.mode == Mode::Manual {
        node = node.by_hand();
    }
    let server = Server::start(listener, node.clone(), up.limits()).map_err(cannot)?;
    let api = match scenario.serve.api {
        Listen::Off => None,
        Listen::On(address) => {
            let listener = bind(address.ip(), address.port()).await.map_err(|error| {
                let place = format!("cannot listen on {address}: {error}");
                Refusal::environment(format!("{place}; choose another with [serve] api"))
            })?;
            Some(Server::start_rest(listener, handle.clone()).map_err(cannot)?)
        }
    };
    let (clock, time) = match scenario.time.mode {
        Mode::Manual => (Clock::Manual, "manual"),
        Mode::Wall | Mode::Virtual => {
            let speed_permille = scenario.time.speed.0;
            (Clock::Wall { speed_permille }, "wall")
        }
    };
    let ready = Ready::of_world(&server, api.as_ref(), &world, time);
    stage.crew.executors.commands().tell(ready.environment());
    let text = banner::living(&ready, &world, scenario.time.speed);
    let begun = begin(up, &ready, &text, output)?;
    let mut narrator = Narrator::new(node, up.network.verbose, output);
    let mut watch = |world: &World| narrator.look(world);
    let driving = drive(
        &mut world,
        clock,
        &stage.crew.executors,
        mailbox,
        &mut watch,
    );
    let ending = stop::wait(begun.signals, begun.child, up.exit_with_parent, driving).await;
    drop(begun.file);
    // Whoever still waits for an answer is told that there will be none.
    drop(handle);
    if let Some(api) = api {
        api.stop().await;
    }
    server.stop().await;
    narrator.finish();
    Ok(match ending {
        Ending::Told(Exit::Success) | Ending::Over(_, None) => (world, None),
        // Tests that were cut short have not passed, whatever became of the network.
        Ending::Over(_, Some(exit)) => {
            output.error(
                "the network came to its end before the command did, which was told to stop",
            );
            (world, Some(exit).filter(|exit| *exit != Exit::Child(0)))
        }
        Ending::Told(exit) | Ending::Command(exit) => (world, Some(exit)),
    })
}

/// Judges what the network has become, tells it, and writes the reports.
fn conclude(
    stage: &Stage,
    (world, exit): (World, Option<Exit>),
    measured: Measured,
    (subject, reports, keeping, output): (&Subject, &Reports, Option<Keeping>, &Output),
) -> Result<Exit, Refusal> {
    world.let_go();
    let reason = world.ended().unwrap_or(EndReason::Released);
    stage.crew.executors.commands().forbid();
    let means = (&stage.inputs, &*stage.crew.executors);
    let finished = stage.loaded.conclude(world, reason, measured, means);
    let ended = Ended {
        world: finished.map_err(Refusal::input)?.world,
        again: format!("emulate up {}", subject.name),
        repeats: true,
        trouble: stage.crew.executors.trouble(),
        spent: stage.crew.executors.spent(),
    };
    let styles = report::Styles::coloured();
    let tell = match output.is_quiet() {
        // Who wants no story wants to know all the same why it ends with a code.
        true => report::write_failures,
        false => report::write_summary,
    };
    // Nobody reading what is told at the end is no failure.
    let _ = tell(&ended.report(subject), &styles, &mut output.stderr());
    if let Some(keeping) = keeping {
        keeping.end_session(&ended.world, output);
    }
    stage.crew.keep_record(output);
    let mut exit = exit.unwrap_or_else(|| ended.verdict());
    if let Some(trouble) = &ended.trouble {
        output.error(&format!("error: {trouble}"));
        if exit == Exit::Success {
            exit = Exit::Environment;
        }
    }
    reports.write(subject, &ended, output);
    Ok(exit)
}

#[expect(clippy::disallowed_methods, reason = "how long it lived is told")]
fn now() -> Instant {
    Instant::now()
}
