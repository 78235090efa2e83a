//! Random networks, as scenario files. Rule: a seed is a file, the same for ever, and one that
//! `emulate run` takes.

use std::fmt::Write as _;

use rand::{Rng, seq::IndexedRandom as _};

use crate::seed::{Seed, Stream};

const BEHAVIOURS: [&str; 12] = [
    "honest",
    "liar",
    "colluder",
    "copycat",
    "lazy",
    "mute",
    "late",
    "slow",
    "flaky",
    "crash",
    "offline",
    "whitewasher",
];
const PHASES: [&str; 5] = ["fetch", "run", "contribute", "reveal", "upload"];
const POOLS: [&str; 8] = [
    "honest",
    "honest",
    "honest",
    "honest",
    "honest",
    "stall",
    "self-deal",
    "double-finalize",
];
const REQUESTERS: [&str; 4] = ["honest", "silent", "broke", "never-claims"];
/// At 12 a vote begins to weigh more, at 18 and 300 it weighs 5 and 99.
const SCORES: [u64; 6] = [0, 0, 3, 12, 18, 300];
/// In nRLC: nothing, dust, amounts that do not divide, plenty.
const PRICES: [u64; 6] = [0, 1, 101, 999_999_999, 1_000_000_000, 7_300_000_001];
const TRUSTS: [u64; 9] = [1, 2, 2, 3, 3, 5, 9, 17, 100];

/// Returns a random network as the text of a scenario file.
///
/// It is small (at most two pools, seventeen workers and nine tasks) and hostile: half of the workers and some
/// pools and requesters misbehave, prices are odd, and up to three things go wrong.
pub fn draw(seed: u64) -> String {
    let mut draw = Draw {
        chance: Seed(seed).stream("fidelity.draw"),
        text: String::new(),
    };
    draw.line("[scenario]");
    draw.line(&format!("title = \"Random network {seed}\""));
    // TOML's integers have a sign.
    draw.line(&format!("seed = {}", seed >> 1));
    draw.line("until = \"6h\"");
    let pools = draw.pools();
    let workers = draw.workers(pools);
    draw.market();
    draw.tasks(pools);
    draw.faults(pools, workers);
    draw.text
}

struct Draw {
    chance: Stream,
    text: String,
}

impl Draw {
    fn line(&mut self, line: &str) {
        // Writing to a text cannot fail.
        let _ = writeln!(self.text, "{line}");
    }

    fn section(&mut self, name: &str) {
        let _ = writeln!(self.text, "\n[{name}]");
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        *of.choose(&mut self.chance)
            .expect("there is something to choose from")
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.chance.random_ratio(percent, 100)
    }

    fn price(&mut self) -> u64 {
        self.one(&PRICES)
    }

    fn pools(&mut self) -> usize {
        let pools = self.chance.random_range(1..=2);
        for pool in 0..pools {
            self.section(&format!("pool.p{pool}"));
            let price = self.price();
            self.line(&format!("price = \"{price} nRLC\""));
            let (stake, fee) = (self.one(&[0, 30, 35, 100]), self.one(&[0, 1, 5, 100]));
            self.line(&format!("worker_stake = \"{stake}%\"\nfee = \"{fee}%\""));
            let behaviour = self.one(&POOLS);
            self.line(&format!("behaviour = \"{behaviour}\""));
            match self.chance.random_range(0..4) {
                0 => self.line("policy = \"all\""),
                1 => {
                    let replicas = self.chance.random_range(1..=3);
                    self.line(&format!("policy = \"fixed\"\nreplicas = {replicas}"));
                }
                _ => {}
            }
            match behaviour {
                "self-deal" => self.line("pick = [\"w0\"]"),
                // A group that never reveals, asked first: the vote has to be opened again.
                _ if self.chance(25) => self.line("pick = [\"mute\"]"),
                _ => {}
            }
            if self.chance(15) {
                self.line("deposit = \"2 RLC\"");
            }
        }
        pools
    }

    fn workers(&mut self, pools: usize) -> usize {
        self.section("worker.mute");
        self.line("behaviour = \"mute\"\ncount = 2");
        let groups = self.chance.random_range(2..=5);
        for group in 0..groups {
            self.section(&format!("worker.w{group}"));
            let pool = self.chance.random_range(0..pools);
            self.line(&format!("pool = \"p{pool}\""));
            let behaviour = match group {
                0 => "honest",
                _ if self.chance(50) => "honest",
                _ => self.one(&BEHAVIOURS),
            };
            self.line(&format!("behaviour = \"{behaviour}\""));
            self.conduct(behaviour);
            let (count, score) = (self.chance.random_range(1..=3), self.one(&SCORES));
            self.line(&format!("count = {count}\nscore = {score}"));
            match self.chance.random_range(0..8) {
                0 => self.line("deposit = \"0 RLC\""),
                1 => self.line("deposit = \"400000000 nRLC\""),
                _ => {}
            }
            let seconds = self.chance.random_range(1..200);
            self.line(&format!("duration = \"{seconds}s\""));
        }
        groups
    }

    /// What some behaviours need to be told besides.
    fn conduct(&mut self, behaviour: &str) {
        match behaviour {
            "crash" => {
                let phase = self.one(&PHASES);
                self.line(&format!("crash_at = \"{phase}\""));
            }
            "flaky" => {
                let rate = self.one(&[10, 50, 90]);
                self.line(&format!("fail_rate = \"{rate}%\""));
            }
            "colluder" => self.line("ring = \"ring\""),
            "offline" => self.line("online = [\"1m .. 4m\", \"20m .. 50m\"]"),
            _ => {}
        }
    }

    fn market(&mut self) {
        let (price, builtin) = (self.price(), self.one(&["hello", "echo", "wc"]));
        self.section("app.app");
        self.line(&format!(
            "run = {{ builtin = \"{builtin}\" }}\nprice = \"{price} nRLC\""
        ));
        let price = self.price();
        self.section("dataset.data");
        self.line(&format!(
            "file = \"fixtures/iris.csv\"\nprice = \"{price} nRLC\""
        ));
        let behaviour = self.one(&REQUESTERS);
        self.section("account.bob");
        self.line(&format!("behaviour = \"{behaviour}\""));
        if self.chance(20) {
            self.line("deposit = \"3 RLC\"");
        }
    }

    fn tasks(&mut self, pools: usize) {
        for bag in 0..self.chance.random_range(1..=3) {
            self.section(&format!("task.t{bag}"));
            let (by, trust) = (self.one(&["alice", "bob"]), self.one(&TRUSTS));
            self.line(&format!("app = \"app\"\nby = \"{by}\"\ntrust = {trust}"));
            let category = self.one(&["xs", "xs", "s"]);
            self.line(&format!("category = \"{category}\"\nargs = \"{bag}\""));
            if self.chance(40) {
                self.line("dataset = \"data\"");
            }
            if self.chance(30) {
                let pool = self.chance.random_range(0..pools);
                self.line(&format!("pool = \"p{pool}\""));
            }
            if self.chance(8) {
                self.line("max_price = \"100 nRLC\"");
            }
            if self.chance(60) {
                let count = self.chance.random_range(1..=3);
                self.line(&format!("count = {count}"));
                let arrival = self.one(&["all", "every 40s", "uniform 10m"]);
                self.line(&format!("arrival = \"{arrival}\""));
            }
        }
    }

    fn faults(&mut self, pools: usize, workers: usize) {
        for _ in 0..self.chance.random_range(0..=3) {
            self.line("\n[[at]]");
            match self.one(&[
                "TaskInitialize",
                "TaskContribute",
                "TaskConsensus",
                "TaskReveal",
                "",
            ]) {
                "" => {
                    let seconds = self.chance.random_range(1..900);
                    self.line(&format!("time = \"{seconds}s\""));
                }
                event => {
                    let nth = self.chance.random_range(1..=3);
                    self.line(&format!("on = \"{event}\"\nnth = {nth}"));
                }
            }
            let pool = format!("pool.p{}", self.chance.random_range(0..pools));
            let worker = format!("worker.w{}", self.chance.random_range(0..workers));
            let seconds = self.one(&[30, 200, 1000]);
            match self.chance.random_range(0..6) {
                0 => self.line(&format!("crash = \"{pool}\"\nfor = \"{seconds}s\"")),
                1 => self.line(&format!("crash = \"{worker}\"\nfor = \"{seconds}s\"")),
                2 => self.line(&format!(
                    "partition = [\"{worker}\", \"{pool}\"]\nfor = \"{seconds}s\""
                )),
                3 => self.line(&format!(
                    "slow = \"chain\"\nby = \"5s\"\nfor = \"{seconds}s\""
                )),
                4 => self.line(&format!("pause_actor = \"{pool}\"\nfor = \"{seconds}s\"")),
                _ => self.line(&format!("leave = \"{worker}\"")),
            }
        }
    }
}
