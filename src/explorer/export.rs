//! A counterexample as a scenario: the same votes in the same order, on the real contracts. Rule: what
//! the file expects is what the rules of PoCo say of it, without the flaw if there was one.

use std::fmt::Write as _;

use super::{
    Counterexample, Move, SmallWorld, Vote,
    moves::State,
    stage::{Stage, UNIT},
};
use crate::{
    amount::{Nrlc, NrlcChange},
    protocol::TaskStatus,
};

/// Seconds between votes: more than a block and a message take.
const APART: u64 = 20;

/// What a worker of the counterexample does.
#[derive(Copy, Clone)]
struct Role {
    vote: Vote,
    at: u64,
    reveals: bool,
}

impl Counterexample {
    /// Returns a scenario in which the same workers vote in the same order, and reveal or not.
    ///
    /// Scheduler and requester are honest in it: they reopen, finalize and claim by themselves. In a
    /// world with a flaw it shows what the real contracts make of the same votes.
    pub fn scenario(&self, world: &SmallWorld) -> String {
        let roles = self.roles(world);
        let mut text = String::new();
        let mut line = |line: &str| {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{line}");
        };
        line("[scenario]");
        line(&format!("title = \"Counterexample: {}\"", self.promise));
        let moves: Vec<String> = self.moves.iter().map(ToString::to_string).collect();
        line(&format!("description = \"{}\"", moves.join("; ")));
        line("\n[pool.main]\npolicy = \"all\"");
        for (worker, role) in roles.iter().enumerate() {
            let Some(role) = role else { continue };
            line(&format!("\n[worker.w-{worker}]"));
            if let Vote::Lie(lie) = role.vote {
                line(&format!("behaviour = \"colluder\"\nring = \"lie-{lie}\""));
            }
            line("duration = \"1s\"");
            let mut on = vec![format!("contribute = \"delay {}s\"", role.at)];
            on.extend((!role.reveals).then(|| "reveal = \"skip\"".to_owned()));
            line(&format!("on = {{ {} }}", on.join(", ")));
        }
        if roles.iter().flatten().next().is_none() {
            line("\n[worker.w]\nbehaviour = \"crash\"\ncrash_at = \"run\"");
        }
        line("\n[app.hello]\nrun = { builtin = \"hello\" }");
        line(&format!(
            "\n[task.job]\napp = \"hello\"\ntrust = {}",
            world.trust
        ));
        for expectation in self.expectations(world, &roles) {
            line(&format!("\n[[expect]]\n{expectation}"));
        }
        text
    }

    /// Who votes for what, when, and reveals.
    fn roles(&self, world: &SmallWorld) -> Vec<Option<Role>> {
        let mut roles: Vec<Option<Role>> = vec![None; world.workers];
        let (mut steps, mut votes) = (0, 0);
        for step in &self.moves {
            match *step {
                Move::Contribute(worker, vote) => {
                    votes += 1;
                    roles[worker] = Some(Role {
                        vote,
                        at: steps * UNIT + votes * APART,
                        reveals: false,
                    });
                }
                Move::Reveal(worker) => {
                    if let Some(role) = &mut roles[worker] {
                        role.reveals = true;
                    }
                }
                Move::Wait => steps += 1,
                Move::Reopen | Move::Finalize | Move::Claim => {}
            }
        }
        roles
    }

    /// What must be true of the scenario, where the moves lead to an end.
    fn expectations(&self, world: &SmallWorld, roles: &[Option<Role>]) -> Vec<String> {
        let stage = Stage::new(&SmallWorld {
            flaw: None,
            ..*world
        });
        let mut state = State {
            model: stage.model.clone(),
            steps: 0,
        };
        for step in &self.moves {
            // What the real rules refuse does not happen.
            if let Some((next, _)) = stage.play(&state, *step) {
                state = next;
            }
        }
        let status = state.model.task(stage.task).map(|task| task.status);
        let status = match status.unwrap_or_default() {
            TaskStatus::Completed => "COMPLETED",
            TaskStatus::Failed => "FAILED",
            TaskStatus::Unset | TaskStatus::Active | TaskStatus::Revealing => return Vec::new(),
        };
        let mut all = vec![format!("task.job.status = \"{status}\"")];
        for (worker, role) in roles.iter().enumerate() {
            let (free, locked) = state.model.account(stage.workers[worker]);
            let has: u64 = (free + locked).saturating_to();
            let had: u64 = stage.deposit().saturating_to();
            let earned = match has.checked_sub(had) {
                Some(more) => Nrlc(more).to_string(),
                None => (-NrlcChange(i64::try_from(had - has).unwrap_or(i64::MAX))).to_string(),
            };
            if role.is_some() {
                all.push(format!("worker.w-{worker}.earned = \"{earned}\""));
            }
        }
        all
    }
}
