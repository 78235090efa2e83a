//! Saved runs: the file they lie in, and what can be done with it.

mod command;
mod executions;
mod file;
mod hunt;
mod replay;
mod whatif;

use std::{fs, path::Path};

use emulate::{
    executor::{
        Executors,
        inputs::{Inputs, Policy},
    },
    log::{EndReason, Sink as _, view::Measured},
    replay::Player,
    runfile::{RunFile, RunWriter, read},
    scenario::{Loaded, Overrides},
    world::World,
};

/// Loads a file of the scenarios folder.
fn load(name: &str, sets: &[(&str, &str)]) -> Loaded {
    let path = Path::new("scenarios").join(name);
    let text = fs::read_to_string(&path).unwrap();
    let pair = |(path, value): &(&str, &str)| ((*path).to_owned(), (*value).to_owned());
    let overrides = Overrides {
        sets: sets.iter().map(pair).collect(),
        ..Overrides::default()
    };
    let read = |path: &Path| fs::read_to_string(path);
    Loaded::new(&text, &path, &read, &overrides)
        .unwrap_or_else(|wrong| panic!("{}", wrong.render(false)))
}

fn inputs() -> Inputs {
    Inputs::new(Policy::below("scenarios"))
}

/// Plays a scenario to its end; returns its world and its file, of which a frame holds ten records.
fn saved_with(loaded: Loaded, executors: Executors) -> (World, Vec<u8>) {
    let name = loaded.scenario.scenario.title.clone();
    let mut player = Player::new(loaded, inputs(), executors).unwrap();
    let mut bytes = Vec::new();
    let writer = RunWriter::new(&mut bytes, &name, player.loaded(), player.inputs()).unwrap();
    let reason = player.play();
    let measured = Measured::default();
    let world = player.conclude(reason, measured).unwrap().world;
    close(&writer, &world);
    drop(writer);
    (world, bytes)
}

fn close(writer: &RunWriter<&mut Vec<u8>>, world: &World) {
    let mut sink = writer.clone();
    for record in world.log().records().iter() {
        sink.record(record).unwrap();
        if record.seq % 10 == 9 {
            writer.flush().unwrap();
        }
    }
    let head = (world.chain().height(), world.chain().head().hash);
    let measured = world.log().view().measured;
    writer.end(world.log(), head, measured).unwrap();
}

fn saved(name: &str, sets: &[(&str, &str)]) -> (World, RunFile) {
    let (world, bytes) = saved_with(load(name, sets), Executors::new());
    (world, read(bytes.as_slice()).unwrap())
}

/// Plays a scenario and interrupts it after so many steps.
fn interrupted(name: &str, steps: usize) -> (World, RunFile) {
    let (world, bytes) = interrupted_bytes(name, steps);
    (world, read(bytes.as_slice()).unwrap())
}

fn interrupted_bytes(name: &str, steps: usize) -> (World, Vec<u8>) {
    let mut player = Player::new(load(name, &[]), inputs(), Executors::new()).unwrap();
    let mut bytes = Vec::new();
    let writer = RunWriter::new(&mut bytes, name, player.loaded(), player.inputs()).unwrap();
    for _ in 0..steps {
        assert!(player.step());
    }
    // Whoever plays a run hands over what programs made before looking whether to go on.
    player.next_moment();
    player.world_mut().finish(EndReason::Interrupted);
    close(&writer, player.world());
    drop(writer);
    (player.world().clone(), bytes)
}
