//! The scenario a project file becomes: what it says, and that it says where it has it from.

use super::{corpus, sound};

#[test]
fn the_project_of_the_docs_becomes_a_scenario_that_teaches() {
    let expected = r#"# Made by `emulate import` from iexec.js, a project file with the container contract of 2018: one
# folder /iexec, the result in consensus.iexec.
# Each comment says which line of the project file a value comes from.

[scenario]
title = "Ffmpeg"     # app.name, line 3
tags  = ["docker"]   # its app is a container image

[worker.w]
count = 3   # a project file does not say who computes

[app.ffmpeg]
type    = "DOCKER"                                     # as in 2018; `run = { image = … }` is the same thing
envvars = "XWDOCKERIMAGE=jrottenberg/ffmpeg:scratch"   # app.params.envvars, line 7
price   = "10 nRLC"                                    # app.price, line 4

[task.job]
app         = "ffmpeg"                                                # the app above
cmdline     = "-i /iexec/small.mp4 /iexec/small.avi"                  # order.buy.params.cmdline, line 15
dirinuri    = "http://techslides.com/demos/sample-videos/small.mp4"   # order.buy.params.dirinuri, line 16
replication = 2                                                       # the project asks for no trust; here two must agree

[[expect]]
name = "the workers agree on a result"
task.job.status = "COMPLETED"

# Not used:
#   order.buy.app (line 12): addresses of another chain mean nothing here
#   order.buy.dataset (line 13): it is the empty address: no dataset is asked for
"#;
    assert_eq!(sound(corpus::FFMPEG).to_toml(), expected);
}

#[test]
fn every_file_of_the_corpus_becomes_a_scenario() {
    for (name, text) in corpus::FILES {
        let project = sound(text);
        let scenario = project.scenario();
        let scenario = scenario.unwrap_or_else(|wrong| panic!("{name}\n{}", wrong.render(false)));
        assert_eq!(scenario.task.len(), 1, "{name}");
        assert_eq!(scenario.app.len(), 1, "{name}");
        assert!(scenario.app[0].program().is_some(), "{name}");
    }
}

#[test]
fn texts_come_through_as_they_were_meant() {
    let odd = r#"say "hi" \ ${HOME} $ {x} 'a' é 😀 #"#;
    let quoted = serde_json::to_string(odd).unwrap();
    let text = corpus::BUILTIN.replace("'all of us'", &quoted);
    let scenario = sound(&text).scenario().unwrap();
    assert_eq!(scenario.task["job"].command_line(), odd);
    let (_, chess) = corpus::FILES[6];
    let scenario = sound(chess).scenario().unwrap();
    assert_eq!(scenario.task["job"].command_line(), "go depth 20 e4 😀");
    let joined = "A chess engine. It reads a position and writes the best move.";
    assert_eq!(scenario.scenario.description, joined);
}

#[test]
fn the_orders_of_today_set_prices_trust_and_the_number_of_tasks() {
    let (_, modern) = corpus::FILES[14];
    let scenario = sound(modern).scenario().unwrap();
    let task = &scenario.task["job"];
    assert_eq!((task.count, task.trust()), (Some(3), 5));
    assert_eq!(&*task.category, "s");
    let files = ["https://example.org/a.txt", "https://example.org/b.txt"];
    assert_eq!(task.dirinuri, files);
    assert_eq!(task.command_line(), "--name 'Alice B'");
    assert_eq!(scenario.pool["main"].price.0, 0);
    assert_eq!(scenario.pool["main"].volume, Some(5));
    assert_eq!(scenario.category["xxl"].time.as_secs(), 100);
}

#[test]
fn a_trust_that_needs_more_workers_gets_them() {
    let workers = |trust: &str| {
        let text = corpus::BUILTIN.replace("trust: 3", &format!("trust: {trust}"));
        let scenario = sound(&text).scenario().unwrap();
        scenario.worker["w"].count.unwrap()
    };
    // n newcomers weigh 2ⁿ, which must be more than trust - 1.
    assert_eq!((workers("5"), workers("8"), workers("9")), (3, 3, 4));
    assert_eq!(workers("'1000000'"), 20);
    assert_eq!(workers("18446744073709551615"), 64);
}

#[test]
fn categories_of_2018_have_their_times() {
    let category = |index: u64| {
        let (_, init) = corpus::FILES[7];
        let text = init.replace("\"category\": 1", &format!("\"category\": {index}"));
        let scenario = sound(&text).scenario().unwrap();
        let name = scenario.task["job"].category.clone();
        let time = scenario.category.get(&name).map(|own| own.time.as_secs());
        (name.to_string(), time)
    };
    assert_eq!(category(1), ("xs".to_owned(), None));
    assert_eq!(category(2), ("of-2018-2".to_owned(), Some(900)));
    assert_eq!(category(3), ("of-2018-3".to_owned(), Some(1_800)));
    assert_eq!(category(6), ("cat1".to_owned(), Some(100)));
}

#[test]
fn a_trust_of_zero_is_a_single_vote_as_it_is_on_the_chain() {
    let text = corpus::BUILTIN.replace("trust: 3", "trust: 0");
    let task = &sound(&text).scenario().unwrap().task["job"];
    assert_eq!((task.trust(), task.newcomers()), (1, 1));
}
