//! `emulate ctl`: a hand on a living network, through its JSON-RPC. Rule: it knows nothing the
//! network does not tell it.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Exit, Output};
use crate::report::text;

/// How long an answer may take: time that is passed is lived through.
const PATIENCE: Duration = Duration::from_secs(600);

/// Look at, and act upon, a network that `emulate up FILE` keeps alive.
#[derive(Debug, Args)]
pub(super) struct Ctl {
    /// The network's ready file.
    #[arg(long, value_name = "FILE", env = "EMULATE_READY", global = true)]
    ready: Option<PathBuf>,
    /// The network's JSON-RPC; goes before a ready file, unless that alone is named here and this
    /// comes from the environment.
    #[arg(long, value_name = "URL", env = "EMULATE_RPC", global = true)]
    rpc: Option<String>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Tell how the network stands.
    Status,
    /// List the tasks, one line each.
    Tasks,
    /// Let time pass for everybody, such as 10m.
    Warp {
        /// How much.
        #[arg(value_parser = crate::scenario::unit::duration)]
        time: Duration,
    },
    /// Mine blocks now.
    Mine {
        /// How many.
        #[arg(default_value_t = 1, value_parser = blocks)]
        blocks: u64,
    },
    /// Make actors lose their memory and fall silent.
    Crash {
        /// Their whole names, such as worker.w-0 or pool.main.
        #[arg(required = true)]
        actors: Vec<String>,
    },
    /// Bring crashed actors back.
    Restart {
        /// Their whole names.
        #[arg(required = true)]
        actors: Vec<String>,
    },
    /// Remember the whole network; prints the snapshot's id.
    Snapshot,
    /// Make the network what it was.
    Revert {
        /// The snapshot's id.
        #[arg(value_parser = snapshot)]
        id: String,
    },
}

fn blocks(text: &str) -> Result<u64, String> {
    let wanted = |_| "a number of blocks is wanted, such as 1".to_owned();
    text.parse().map_err(wanted)
}

fn snapshot(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("0x").unwrap_or_default();
    let is_id = (1..=64).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_hexdigit());
    is_id.then(|| text.to_owned()).ok_or_else(|| {
        "no snapshot is called so; `emulate ctl snapshot` prints an id, such as 0x1".to_owned()
    })
}

/// Runs the command; says how it ended.
pub(super) fn ctl(arguments: &Ctl, output: &Output) -> Exit {
    let done = arguments.network().and_then(|network| {
        let done = network.carry_out(&arguments.what);
        done.map(|text| output.result(&text))
    });
    match done {
        Ok(()) => Exit::Success,
        Err((exit, message)) => {
            output.error(&format!("error: {message}"));
            exit
        }
    }
}

type Failure = (Exit, String);

/// Said where a chain alone was asked for what a network does.
const NO_NETWORK: &str = "there is a chain without a network; `emulate up FILE` brings one to life";

/// Whether an error says that there is no such method.
fn is_unknown(error: &Value) -> bool {
    error.get("code").and_then(Value::as_i64) == Some(-32601)
}

impl Ctl {
    /// Finds the network.
    fn network(&self) -> Result<Network, Failure> {
        let is_named = |value: Option<&OsStr>, variable| {
            value.is_some_and(|value| std::env::var_os(variable).as_deref() != Some(value))
        };
        let ready = self.ready.as_deref().map(Path::as_os_str);
        let rpc = self.rpc.as_deref().map(OsStr::new);
        let by_file = is_named(ready, "EMULATE_READY") && !is_named(rpc, "EMULATE_RPC");
        if let (Some(url), false) = (&self.rpc, by_file) {
            let known = ["http://", "https://"];
            if !known.iter().any(|scheme| url.starts_with(scheme)) {
                let message = format!("`{url}` is no JSON-RPC; write it as http://HOST:PORT");
                return Err((Exit::BadInput, message));
            }
            return Ok(Network { url: url.clone() });
        }
        let Some(path) = &self.ready else {
            let help = "which network? `emulate up FILE --ready r.json` writes a ready file; give it with --ready r.json, or the `rpc` of its READY line with --rpc URL";
            return Err((Exit::BadInput, help.to_owned()));
        };
        let place = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let help = "it is there as long as the network lives";
            (
                Exit::Environment,
                format!("{place} cannot be read: {error}; {help}"),
            )
        })?;
        let ready: Option<Value> = serde_json::from_str(&text).ok();
        let url = ready.and_then(|ready| Some(ready.get("rpc")?.as_str()?.to_owned()));
        let url = url.ok_or_else(|| {
            let message =
                format!("{place} is no ready file; `emulate up FILE --ready {place}` writes one");
            (Exit::BadInput, message)
        })?;
        Ok(Network { url })
    }
}

/// The network as its server's address.
struct Network {
    url: String,
}

impl Network {
    fn call(&self, method: &str, params: Value) -> Result<Value, Failure> {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let unreachable = |error: ureq::Error| {
            let why = if let ureq::Error::Io(error) = &error {
                error.to_string()
            } else if let ureq::Error::StatusCode(code) = &error {
                format!("what is there answers with HTTP {code}")
            } else {
                error.to_string()
            };
            let message = format!("no network answers at {}: {why}", self.url);
            (Exit::Environment, message)
        };
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let sent = agent
            .post(&self.url)
            .header("content-type", "application/json")
            .send(body.to_string());
        let text = sent.and_then(|mut answer| answer.body_mut().read_to_string());
        let answer: Value = serde_json::from_str(&text.map_err(unreachable)?).map_err(|_| {
            let message = format!("what answers at {} speaks no JSON-RPC", self.url);
            (Exit::Environment, message)
        })?;
        match answer.get("error") {
            None => Ok(answer.get("result").cloned().unwrap_or_default()),
            Some(error) if is_unknown(error) && method.starts_with("emulate_") => {
                Err((Exit::BadInput, NO_NETWORK.to_owned()))
            }
            Some(error) => {
                let said = error.get("message").and_then(Value::as_str);
                let said = said.unwrap_or("the network refused").to_owned();
                Err((Exit::BadInput, said))
            }
        }
    }

    /// Does it, and returns what is to be printed.
    fn carry_out(&self, what: &What) -> Result<String, Failure> {
        match what {
            What::Status => {}
            What::Tasks => return Ok(lines(&self.call("emulate_tasks", json!([]))?)),
            What::Warp { time } => {
                let seconds = time.as_millis().div_ceil(1000);
                self.call(
                    "emulate_warp",
                    json!([u64::try_from(seconds).unwrap_or(u64::MAX)]),
                )?;
            }
            What::Mine { blocks } => {
                self.call("anvil_mine", json!([blocks]))?;
                return self.standing();
            }
            What::Crash { actors } => self.each("emulate_crash", actors)?,
            What::Restart { actors } => self.each("emulate_restart", actors)?,
            What::Snapshot => {
                let id = self.call("evm_snapshot", json!([]))?;
                return Ok(format!("{}\n", id.as_str().unwrap_or_default()));
            }
            What::Revert { id } => {
                if self.call("evm_revert", json!([id]))? != Value::Bool(true) {
                    let message = format!("there is no snapshot {id}, or it was returned to");
                    return Err((Exit::BadInput, message));
                }
                return self.standing();
            }
        }
        self.status()
    }

    fn each(&self, method: &str, actors: &[String]) -> Result<(), Failure> {
        for actor in actors {
            self.call(method, json!([actor]))?;
        }
        Ok(())
    }

    /// How the network stands after something was done that a chain can do as well.
    fn standing(&self) -> Result<String, Failure> {
        match self.status() {
            Err((_, why)) if why == NO_NETWORK => {
                let block = self.call("eth_blockNumber", json!([]))?;
                let digits = block.as_str().and_then(|text| text.strip_prefix("0x"));
                let number = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
                Ok(format!("block {}\n", number.unwrap_or_default()))
            }
            stands => stands,
        }
    }

    fn status(&self) -> Result<String, Failure> {
        let status = self.call("emulate_status", json!([]))?;
        let number = |key: &str| status.get(key).and_then(Value::as_u64).unwrap_or(0);
        let time = crate::time::Timestamp::from_millis(number("time"));
        Ok(format!(
            "{time} · block {} · {}, {} open · {} of {} up · {}\n",
            number("block"),
            text::count(number("tasks"), "task"),
            number("open"),
            number("up"),
            text::count(number("workers"), "worker"),
            text::count(number("events"), "event"),
        ))
    }
}

/// Tasks, one line each, in columns.
fn lines(tasks: &Value) -> String {
    let mut text = String::new();
    let list = tasks.as_array().map(Vec::as_slice).unwrap_or_default();
    let word = |task: &Value, key: &str| {
        let found = task.get(key).and_then(Value::as_str);
        found.unwrap_or("–").to_owned()
    };
    let width = |key: &str| {
        let widths = list.iter().map(|task| word(task, key).chars().count());
        widths.max().unwrap_or(0)
    };
    let (name, status, app) = (width("name"), width("status"), width("app"));
    for task in list {
        let [task_name, task_status, task_app] =
            ["name", "status", "app"].map(|key| word(task, key));
        text.push_str(&format!(
            "{task_name:<name$}  {task_status:<status$}  {task_app:<app$}  {}\n",
            word(task, "results"),
        ));
    }
    text
}
