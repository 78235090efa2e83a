//! Saved runs: the file they lie in, and what can be done with it.

mod command;
mod contracts;
mod edges;
mod executions;
mod file;
mod hunt;
mod replay;
mod whatif;

use std::{
    fs,
    io::{Read as _, Write as _},
    path::Path,
};

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
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};

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

/// Returns a run file in which the content of each frame of a kind is another.
fn rewritten(bytes: &[u8], kind: u8, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut made = bytes[..10].to_vec();
    let mut at = 10;
    while at < bytes.len() {
        let length: [u8; 4] = bytes[at + 1..at + 5].try_into().unwrap();
        let end = at + 13 + u32::from_le_bytes(length) as usize;
        if bytes[at] == kind {
            let mut plain = Vec::new();
            DeflateDecoder::new(&bytes[at + 13..end])
                .read_to_end(&mut plain)
                .unwrap();
            made.extend(frame(kind, &change(plain)));
        } else {
            made.extend(&bytes[at..end]);
        }
        at = end;
    }
    made
}

/// Returns a whole frame, as the documentation of the format describes it.
fn frame(kind: u8, plain: &[u8]) -> Vec<u8> {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(plain).unwrap();
    let packed = packer.finish().unwrap();
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let head = [&[kind][..], &length(&packed), &length(plain)].concat();
    let mut sum = crc32fast::Hasher::new();
    sum.update(&head);
    sum.update(&packed);
    [&head[..], &sum.finalize().to_le_bytes(), &packed].concat()
}
