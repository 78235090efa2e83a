//! The scenarios folder: its files are read, and read back as they are written.

use std::{fs, path::Path};

use emulate::scenario::{Loaded, Overrides, Scenario, json_schema};

use super::{load, names};

#[test]
fn every_scenario_is_read() {
    let names = names();
    assert!(names.len() >= 14, "{names:?}");
    for name in names {
        if let Err(wrong) = load(&name) {
            panic!("{}", wrong.render(false));
        }
    }
}

#[test]
fn every_scenario_reads_back_as_it_is_written() {
    for name in names() {
        let scenario = load(&name).unwrap().scenario;
        let toml = scenario.to_toml();
        let again = Scenario::parse(&toml, Path::new(&name));
        let again = again.unwrap_or_else(|wrong| panic!("{toml}\n{}", wrong.render(false)));
        assert_eq!(again, scenario, "{name}\n{toml}");
        let json = serde_json::to_string(&scenario).unwrap();
        let again: Scenario = serde_json::from_str(&json).unwrap();
        assert_eq!(again, scenario, "{name}\n{json}");
    }
}

#[test]
fn the_schema_beside_the_scenarios_is_the_one_of_the_types() {
    let path = "scenarios/scenario.schema.json";
    let schema = format!("{:#}\n", json_schema());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(path, &schema).unwrap();
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == schema,
        "run the test with UPDATE_SCHEMA=1 to write {path} anew"
    );
}

#[test]
fn the_smallest_scenario_has_every_default() {
    let text = "[app.hello]\nrun = { builtin = \"hello\" }\n[task.greet]\napp = \"hello\"\n";
    let scenario = Scenario::parse(text, Path::new("x.toml")).unwrap();
    assert_eq!(scenario.scenario.seed, 42);
    assert_eq!(&*scenario.task["greet"].by, "alice");
    assert_eq!(scenario.task["greet"].trust(), 1);
    let written = "[app.hello.run]\nbuiltin = \"hello\"\n\n[task.greet]\napp = \"hello\"\n";
    assert_eq!(scenario.to_toml(), written);
}

#[test]
fn included_files_lie_below_the_one_that_includes_them() {
    let read = |path: &Path| match path.to_str() {
        Some("dir/cast.toml") => Ok("\
            [scenario]\ntitle = \"cast\"\nseed = 7\n\
            [pool.main]\nprice = \"2 RLC\"\nfee = \"5%\"\n\
            [[expect]]\nrun.duration = \"any\"\n"
            .to_owned()),
        other => panic!("{other:?} was asked for"),
    };
    let text = "\
        [scenario]\ntitle = \"whole\"\ninclude = [\"cast.toml\"]\n\
        [pool.main]\nprice = \"3 RLC\"\n\
        [[expect]]\nchain.blocks = \"any\"\n";
    let scenario = Scenario::load(text, Path::new("dir/a.toml"), &read).unwrap();
    assert_eq!(scenario.scenario.title, "whole");
    assert_eq!(scenario.scenario.seed, 7);
    assert_eq!(scenario.pool["main"].price.to_string(), "3 RLC");
    assert_eq!(scenario.pool["main"].fee.0, 5);
    let paths: Vec<String> = scenario
        .expect
        .iter()
        .map(|expect| expect.title())
        .collect();
    assert_eq!(paths, ["run.duration = any", "chain.blocks = any"]);
}

#[test]
fn variables_keep_their_type_and_are_overridden_from_outside() {
    let text = "\
        [vars]\nliars = 2\nprice = \"1 RLC\"\n\
        [pool.main]\nprice = \"${price}\"\n\
        [scenario]\ntitle = \"${liars} liars at ${price}\"\n\
        [worker.cartel]\ncount = \"${liars}\"\nbehaviour = \"liar\"\n";
    let load = |overrides: Overrides| {
        let read = |_: &Path| panic!("nothing is included");
        Loaded::new(text, Path::new("x.toml"), &read, &overrides)
            .unwrap()
            .scenario
    };
    let plain = load(Overrides::default());
    assert_eq!(plain.scenario.title, "2 liars at 1 RLC");
    assert_eq!(plain.worker["cartel"].count, Some(2));
    let pair = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let changed = load(Overrides {
        vars: pair("liars", "5"),
        sets: pair("worker.cartel-1.behaviour", "mute"),
        ..Overrides::default()
    });
    assert_eq!(changed.worker["cartel"].count, Some(5));
    let member = &changed.worker["cartel-1"];
    assert_eq!(member.behaviour.as_str(), "mute");
    assert_eq!(member.count, None);
}

#[test]
fn the_schema_lets_a_variable_stand_for_a_number_a_flag_and_a_word() {
    let schema = json_schema();
    let schema = serde_json::to_value(schema).unwrap();
    let worker = &schema["properties"]["worker"]["additionalProperties"]["properties"];
    let heal = &schema["properties"]["at"]["anyOf"][0]["properties"]["heal"];
    for value in [&worker["count"], &worker["behaviour"], heal] {
        let text = value.to_string();
        assert!(text.contains(r"^\\$\\{[^}]+\\}$"), "{text}");
    }
}
