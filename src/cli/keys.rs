//! `emulate keys`: who is who in a scenario. Rule: a key is shown only if everybody can derive it.

use clap::Args;
use serde_json::json;

use super::{Exit, Output, run::explain, subject::Subject};
use crate::{
    protocol::{Account, Name},
    scenario::Overrides,
};

/// List the accounts of a scenario: names, addresses, and development keys.
#[derive(Debug, Args)]
pub(super) struct Keys {
    /// Scenario file, or name of a built-in one.
    #[arg(value_name = "FILE|NAME")]
    scenario: String,
    /// Only these, by their bare or whole names.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Print JSON, one object a line.
    #[arg(long)]
    json: bool,
}

/// An account as it is listed.
struct Line {
    name: Name,
    account: Account,
    is_known: bool,
}

/// Runs the command; says how it ended.
pub(super) fn keys(arguments: &Keys, output: &Output) -> Exit {
    match list(arguments, output) {
        Ok(lines) => {
            output.result(&print(&lines, arguments.json));
            Exit::Success
        }
        Err(exit) => exit,
    }
}

fn list(arguments: &Keys, output: &Output) -> Result<Vec<Line>, Exit> {
    let subject = Subject::find(&arguments.scenario).map_err(|message| {
        output.error(&message);
        Exit::BadInput
    })?;
    let loaded = subject.load(&Overrides::default(), output)?;
    let cast = loaded.cast(&subject.inputs(true));
    let cast = cast.map_err(|wrong| explain(&wrong.into(), output))?;
    let mut lines = Vec::new();
    let mut add = |name: Name, key: Option<_>| {
        let account = match key {
            Some(key) => Account::from_private_key(name.clone(), key),
            None => Some(Account::named(name.clone())),
        };
        lines.extend(account.map(|account| Line {
            name,
            account,
            is_known: key.is_none(),
        }));
    };
    for account in &cast.accounts {
        add(account.name.of_kind("account"), account.key);
    }
    for pool in cast.pools.iter().filter(|pool| pool.owner.is_none()) {
        add(pool.name.of_kind("pool"), None);
    }
    for worker in &cast.workers {
        add(worker.name.of_kind("worker"), None);
    }
    for wanted in &arguments.names {
        if !lines.iter().any(|line| is_called(line, wanted)) {
            output.error(&format!(
                "error: nobody is called `{wanted}` in {}",
                subject.name
            ));
            return Err(Exit::BadInput);
        }
    }
    if !arguments.names.is_empty() {
        lines.retain(|line| arguments.names.iter().any(|wanted| is_called(line, wanted)));
    }
    Ok(lines)
}

fn is_called(line: &Line, wanted: &str) -> bool {
    let bare = line.name.split_kind().map(|(_, bare)| bare);
    line.name.as_str() == wanted || bare == Some(wanted)
}

fn print(lines: &[Line], as_json: bool) -> String {
    let width = lines.iter().map(|line| line.name.chars().count()).max();
    let width = width.unwrap_or(0);
    let mut text = String::new();
    for Line {
        name,
        account,
        is_known,
    } in lines
    {
        let key = is_known.then(|| account.private_key());
        if as_json {
            let line = json!({ "name": name, "address": account.address(), "privateKey": key });
            text.push_str(&format!("{line}\n"));
            continue;
        }
        let key = key.map_or_else(
            || "the scenario's own key".to_owned(),
            |key| key.to_string(),
        );
        text.push_str(&format!("{name:<width$}  {}  {key}\n", account.address()));
    }
    text
}
