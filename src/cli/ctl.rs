//! `emulate ctl`: a hand on a living network, through its JSON-RPC. Rule: it knows nothing the
//! network does not tell it.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Exit, Output};

/// How long an answer may take: time that is passed is lived through.
const PATIENCE: Duration = Duration::from_secs(600);

/// Look at, and act upon, a network that `emulate up FILE` keeps alive.
#[derive(Debug, Args)]
pub(super) struct Ctl {
    /// The network's ready file.
    #[arg(long, value_name = "FILE", env = "EMULATE_READY", global = true)]
    ready: Option<PathBuf>,
    /// The network's JSON-RPC; goes before the ready file.
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
        #[arg(default_value_t = 1)]
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
        id: String,
    },
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

impl Ctl {
    /// Finds the network.
    fn network(&self) -> Result<Network, Failure> {
        if let Some(url) = &self.rpc {
            return Ok(Network { url: url.clone() });
        }
        let Some(path) = &self.ready else {
            let help = "which network? give --ready FILE or --rpc URL, as the network was told or tells in its READY line";
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
        let url = url.ok_or((Exit::BadInput, format!("{place} is not a ready file")))?;
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
            let message = format!("the network does not answer at {}: {error}", self.url);
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
        let answer: Value = serde_json::from_str(&text.map_err(unreachable)?)
            .map_err(|_| (Exit::Environment, format!("{} is no network", self.url)))?;
        match answer.get("error") {
            None => Ok(answer.get("result").cloned().unwrap_or_default()),
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

    fn status(&self) -> Result<String, Failure> {
        let status = self.call("emulate_status", json!([]))?;
        let number = |key: &str| status.get(key).and_then(Value::as_u64).unwrap_or(0);
        let time = crate::time::Timestamp::from_millis(number("time"));
        Ok(format!(
            "{time} · block {} · {} tasks, {} open · {} of {} workers up · {} events\n",
            number("block"),
            number("tasks"),
            number("open"),
            number("up"),
            number("workers"),
            number("events"),
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
