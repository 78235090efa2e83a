//! The frame of a run: its title, its time, its constants, its sockets, its lesson.

use std::{net::SocketAddr, time::Duration};

use schemars::{Schema, SchemaGenerator, json_schema};

use super::Moment;
use crate::{
    amount::Nrlc,
    contracts::Build,
    scenario::{
        document::{Diagnostic, Node, Reader, Setting, Value, table, words},
        unit::{Factor, Times, WholePercent},
    },
};

table! {
    /// What a scenario is called and when it ends.
    "[scenario]"
    pub struct About {
        /// Its title.
        title: String = String::new(),
        /// What it shows.
        description: String = String::new(),
        /// Words to choose scenarios by.
        tags: Vec<String> = Vec::new(),
        /// The number all chance derives from.
        seed: u64 = 42,
        /// When the run is cut off as planned.
        until: Option<Duration> = None,
        /// When the run has taken too long.
        timeout: Option<Duration> = None,
        /// Faults nobody wrote down, drawn from the seed all through the run.
        nemesis: Option<Nemesis> = None,
        /// Other files this one builds on; what is written here goes before what they say.
        include: Vec<String> = Vec::new(),
    }
}

words! {
    /// Who sees to it that things go wrong.
    "a nemesis"
    pub enum Nemesis {
        /// One fault after the other, each for a while: crashes, partitions, losses, delays, wrong
        /// clocks, crowded blocks, dear gas, services that are down, full disks.
        Standard = "standard",
    }
}

words! {
    /// What makes time pass.
    "a mode of time"
    pub enum Clock {
        /// Time jumps to the next thing to do.
        Virtual = "virtual",
        /// Time passes as on the wall.
        Wall = "wall",
        /// Nothing moves until somebody mines or warps.
        Manual = "manual",
    }
}

table! {
    /// How time passes.
    "[time]"
    pub struct Time {
        /// What makes time pass.
        mode: Clock = Clock::Virtual,
        /// Time between blocks.
        block: Duration = Duration::from_secs(1),
        /// The chain's time when the run begins.
        start: Moment = Moment::DEFAULT,
        /// How much faster than the wall, in mode `wall`.
        speed: Factor = Factor::ONE,
    }
}

table! {
    /// The contracts, and their constants.
    "[protocol]"
    pub struct Protocol {
        /// A folder of another build of the contracts, such as `node_modules/@iexec/poco`, beside
        /// the scenario; its constants are what they are.
        contracts: String = Build::BUILT_IN.to_owned(),
        /// Category times from the deal within which contributions count.
        contribution_deadline: Times = Times(7),
        /// Category times from the consensus within which winners reveal.
        reveal_deadline: Times = Times(2),
        /// Category times from the deal within which a task must be final.
        final_deadline: Times = Times(10),
        /// Share of its price a pool locks for each task.
        pool_stake: WholePercent = WholePercent(30),
        /// Share of the kitty a successful task pays to the scheduler.
        kitty_ratio: WholePercent = WholePercent(10),
        /// The least the kitty pays while it holds that much.
        kitty_min: Nrlc = Nrlc::from_rlc(1),
    }
}

table! {
    /// What `emulate up` listens on.
    "[serve]"
    pub struct Serve {
        /// The chain's JSON-RPC; when left out, port 8545 or another that is free.
        rpc: Option<Listen> = None,
        /// The order book, the results and the log over REST.
        api: Listen = Listen::ANY,
        /// The dashboard.
        dashboard: Listen = Listen::Off,
        /// Prometheus metrics.
        metrics: Listen = Listen::Off,
    }
}

table! {
    /// What a class should learn.
    "[lesson]"
    pub struct Lesson {
        /// Its number.
        chapter: u64 = 0,
        /// What to think about before the run.
        question: String,
        /// A way to the answer.
        hint: Option<String> = None,
        /// The answer.
        solution: Option<String> = None,
    }
}

/// Where something listens.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// Nowhere: `false`.
    Off,
    /// At an address and port; port 0 is any free one. `true` is `"127.0.0.1:0"`.
    On(SocketAddr),
}

impl Listen {
    /// Any free port, for this machine only.
    pub const ANY: Self = Self::On(SocketAddr::new(
        std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
        0,
    ));
}

impl Setting for Listen {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            Value::Boolean(true) => Some(Self::ANY),
            Value::Boolean(false) => Some(Self::Off),
            Value::Text(text) => {
                let read = text.parse().ok().map(Self::On);
                if read.is_none() {
                    reader.complain(
                        Diagnostic::error(
                            node.span,
                            format!("`{text}` is not an address and a port"),
                        )
                        .help("write \"127.0.0.1:0\" for any free port, or `false`"),
                    );
                }
                read
            }
            Value::Integer(port) => {
                reader.complain(
                    Diagnostic::error(node.span, format!("`{port}` is a port without an address"))
                        .help(format!("write \"127.0.0.1:{port}\"")),
                );
                None
            }
            Value::Float(_) | Value::List(_) | Value::Table(_) => {
                reader.expected(node, "an address and a port", "\"127.0.0.1:0\"")
            }
        }
    }

    fn write(&self) -> Option<Node> {
        Some(match self {
            Self::Off => Value::Boolean(false).into(),
            Self::On(address) => Node::text(address.to_string()),
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "boolean"], "examples": ["127.0.0.1:0", false] })
    }
}
