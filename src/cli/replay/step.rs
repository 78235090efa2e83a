//! A run, step by step: what is typed decides how far it goes. Works with a pipe as with hands.

use std::io::{self, BufRead as _, IsTerminal as _};

use super::{same_so_far, serve, show};
use crate::{
    cli::{Exit, Output},
    log::Sinks,
    replay::{Player, Stop},
    report::{self, Detail, Story, Styles},
    runfile::RunFile,
};

/// What can be typed.
const HELP: &str = "\
  Enter     the next event
  b         to the end of the next block
  g MOMENT  go to time:12m, block:40 or event:TaskConsensus#2
  r         run to the end
  p         show how everything stands
  e NAME    explain a task or a worker
  s [PORT]  serve the chain as it is now, until ctrl-c
  q         quit";

/// Steps through a run until it is told to stop or nothing more is typed.
///
/// # Errors
///
/// The exit code, after the user was told why stepping cannot go on.
pub(super) fn walk(mut player: Player, run: &RunFile, output: &Output) -> Result<Exit, Exit> {
    let prompt = io::stdin().is_terminal();
    let mut told = Sinks::default();
    told.add(
        "the story",
        Story::new(output.stdout(), Detail::All, Styles::coloured()),
    );
    told.catch_up(player.world().log());
    if prompt {
        output.note(HELP);
    }
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let goes_on = match word {
            "" | "n" => player.next_event(),
            "b" => player.go_to(&Stop::Block(player.world().chain().height() + 1)),
            "g" => go(&mut player, rest.trim(), output),
            "r" => {
                player.play();
                false
            }
            "p" => {
                show(&player, output);
                true
            }
            "e" => {
                explain(&player, rest.trim(), output);
                true
            }
            "s" => return served(&player, rest.trim(), output),
            "q" => return Ok(Exit::Success),
            "h" | "?" | "help" => {
                output.result_line(HELP);
                true
            }
            other => {
                output.error(&format!("`{other}` means nothing here; h tells what does"));
                true
            }
        };
        told.catch_up(player.world().log());
        same_so_far(&player, run, output)?;
        if !goes_on && player.next_moment().is_none() {
            output.note("the run is over; p shows how it ended, q leaves");
        }
    }
    Ok(Exit::Success)
}

fn go(player: &mut Player, to: &str, output: &Output) -> bool {
    match to.parse::<Stop>() {
        Ok(stop) => player.go_to(&stop),
        Err(error) => {
            output.error(&error.to_string());
            true
        }
    }
}

fn explain(player: &Player, name: &str, output: &Output) {
    let log = player.world().log();
    match report::explain(log, name) {
        Ok(text) => output.result(&text),
        Err(error) => output.error(&error.to_string()),
    }
}

fn served(player: &Player, port: &str, output: &Output) -> Result<Exit, Exit> {
    match port {
        "" => serve::serve(player.world(), 0, output),
        _ => match port.parse() {
            Ok(port) => serve::serve(player.world(), port, output),
            Err(_) => {
                output.error(&format!("`{port}` is no port"));
                Err(Exit::BadInput)
            }
        },
    }
}
