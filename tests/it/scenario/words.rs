//! Words of a limited set: one that is not of it is refused, with the nearest that is.

use std::path::Path;

use emulate::scenario::Scenario;

use super::broken::{APP, wrong};

#[test]
fn what_no_field_of_an_event_can_be_is_refused() {
    let refused = |pattern: &str, why: &str| {
        for key in ["event", "never"] {
            let found = wrong(&format!(
                "{APP}[[expect]]\n{key} = {{ name = {pattern} }}\n"
            ));
            assert!(found.starts_with("x.toml:6:"), "{pattern}: {found}");
            assert!(found.contains(why), "{pattern}: {found}");
        }
        let found = wrong(&format!(
            "{APP}[[at]]\non = {{ name = {pattern} }}\nlabel = \"x\"\n"
        ));
        assert!(found.contains(why), "{pattern}: {found}");
    };
    refused(
        "\"Reward\", amount = \"lots\"",
        "(write \"3 RLC\" or \"3 nRLC\")",
    );
    refused(
        "\"Reward\", amount = 5",
        "`5` has no unit; the values are amounts of money (write \"5 RLC\" or \"5 nRLC\")",
    );
    refused("\"Reward\", amount = \"> 5s\"", "RLC");
    refused(
        "\"ExecutionFinished\", duration_ms = 5",
        "(write \"5s\" or \"5m\")",
    );
    refused(
        "\"TaskConsensus\", winners = \"many\"",
        "`many` is not a number",
    );
    refused(
        "\"Revert\", expected = 1",
        "true or false cannot be compared",
    );
    refused(
        "\"TaskJudged\", verdict = \"corupted\"",
        "`verdict` is never `corupted` (did you mean `corrupted`?)",
    );
    refused("\"TaskReveal\", digest = \"0x12\"", "64 hexadecimal digits");
    refused("\"TaskReveal\", worker = \"> 1\"", "`worker` has no order");
    refused(
        "\"OrdersMatched\", tasks = \"> few\"",
        "`few` is not a number",
    );
    refused(
        "\"Revert\", reason = \"~ (\"",
        "this is not a regular expression",
    );
}

#[test]
fn words_no_event_is_written_with_are_refused() {
    let refused = |pattern: &str, why: &str| {
        for key in ["event", "never"] {
            let found = wrong(&format!(
                "{APP}[[expect]]\n{key} = {{ name = {pattern} }}\n"
            ));
            assert!(found.starts_with("x.toml:6:"), "{pattern}: {found}");
            assert!(found.contains(why), "{pattern}: {found}");
        }
    };
    for (pattern, why) in [
        (
            "\"WorkerJoined\", behaviour = \"lier\"",
            "`behaviour` is never `lier` (did you mean `liar`?)",
        ),
        (
            "\"FaultInjected\", verb = \"!= crsh\"",
            "did you mean `crash`?",
        ),
        ("\"FaultHealed\", verb = \"heel\"", "did you mean `heal`?"),
        (
            "\"Revert\", call = [\"contribute\", \"revael\"]",
            "did you mean `reveal`?",
        ),
        (
            "\"MessageLost\", message = \"uplod\"",
            "did you mean `upload`?",
        ),
        (
            "\"InvariantBroken\", law = \"RLC is conservd\"",
            "did you mean `RLC is conserved`?",
        ),
        (
            "\"ExecutionStarted\", executor = \"wsm\"",
            "did you mean `wasm`?",
        ),
        (
            "\"ExecutionFinished\", outcome = \"timout\"",
            "did you mean `timeout`?",
        ),
        (
            "\"ExecutionFinished\", outcome = \"exit\"",
            "write `exit 1`, with the exit code",
        ),
        ("\"ExecutionFinished\", outcome = \"exit 0\"", "`outcome`"),
        (
            "\"WorkerJoined\", behaviour = \"~ ^lier\"",
            "`behaviour` is never `~ ^lier`",
        ),
        ("\"WorkerJoined\", group = \"v\"", "there is no worker `v`"),
        (
            "\"TaskRequested\", category = \"xxxs\"",
            "there is no category `xxxs`",
        ),
    ] {
        refused(pattern, why);
    }
}

#[test]
fn words_events_are_written_with_are_read() {
    for pattern in [
        "\"WorkerJoined\", behaviour = \"whitewasher\"",
        "\"WorkerJoined\", behaviour = \"~ ^li\"",
        "\"FaultInjected\", verb = [\"crash\", \"pause_actor\"]",
        "\"Revert\", call = \"initializeAndClaimArray\"",
        "\"MessageLost\", message = \"upload\"",
        "\"MessageLost\", message = \"Assign\"",
        "\"ExecutionFinished\", outcome = \"exit 139\"",
        "\"ExecutionFinished\", outcome = \"!= ok\"",
        "\"ExecutionFinished\", outcome = \"~ exit 1\"",
        "\"ExecutionStarted\", executor = \"docker\"",
        "\"InvariantBroken\", law = \"a final task stays final\"",
        "\"WorkerJoined\", group = \"w\"",
    ] {
        let text = format!("{APP}[[expect]]\nnever = {{ name = {pattern} }}\n");
        let read = Scenario::parse(&text, Path::new("x.toml"));
        read.unwrap_or_else(|wrong| panic!("{pattern}: {}", wrong.render(false)));
    }
}

#[test]
fn values_nothing_can_have_are_not_counted_or_waited_for() {
    for (line, why) in [
        (
            "worker.w.state = \"idel\"",
            "`idel` is not a state of a worker; did you mean `idle`?",
        ),
        (
            "worker.w.state = \"~ ^crush\"",
            "a state of a worker is never `~ ^crush`",
        ),
        (
            "worker.w.state.count.crashd = 0",
            "`crashd` is not a state of a worker (did you mean `crashed`?)",
        ),
        ("worker.w.score.count.none = 0", "`none` is not a number"),
        (
            "task.t.correct.rate.yes = \"0%\"",
            "`yes` is not true or false",
        ),
        (
            "task.t.status = \"~ ^DONE\"",
            "a status of a task is never `~ ^DONE`",
        ),
    ] {
        let found = wrong(&format!("{APP}[[expect]]\n{line}\n"));
        assert!(found.starts_with("x.toml:6:"), "{line}: {found}");
        assert!(found.contains(why), "{line}: {found}");
    }
}
