//! Scenarios that take an app from a project file, and the variables of 2018.

use std::{io, path::Path};

use emulate::{
    executor::inputs::{Inputs, Policy},
    scenario::{Loaded, Overrides, model::Program},
};

use super::corpus;

/// Loads a scenario beside which the corpus lies.
fn load(text: &str) -> Result<Loaded, String> {
    let read = |path: &Path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let file = corpus::FILES.iter().find(|(known, _)| *known == name);
        let broken = ("broken.json", "{ app: { name: 'x }\n}");
        let file = file.or_else(|| (name == broken.0).then_some(&broken));
        let missing = || io::Error::new(io::ErrorKind::NotFound, "no such file");
        file.map(|(_, text)| (*text).to_owned()).ok_or_else(missing)
    };
    let loaded = Loaded::new(text, Path::new("dir/x.toml"), &read, &Overrides::default());
    loaded.map_err(|wrong| wrong.to_string())
}

#[test]
fn an_app_is_taken_from_a_project_file_and_the_scenario_goes_first() {
    let loaded = load("[app.blur]\nfrom = \"2018-blur-face.json\"\n").unwrap();
    let blur = &loaded.scenario.app["blur"];
    let image = Program::Image("example/blur-face:1.0.2".into());
    assert_eq!(blur.program(), Some(image));
    assert_eq!(blur.env["LANGUAGE"], "en");
    assert_eq!(blur.price.0, 2);
    let own = "[app.blur]\nfrom = \"2018-blur-face.json\"\nprice = \"0 RLC\"\nenv = { LANGUAGE = \"fr\" }\n";
    let blur = &load(own).unwrap().scenario.app["blur"];
    assert_eq!((blur.price.0, blur.env["LANGUAGE"].as_str()), (0, "fr"));
    let modern = load("[app.hi]\nfrom = \"2021-builtin.js\"\n").unwrap();
    assert_eq!(
        modern.scenario.app["hi"].program(),
        Some(Program::Builtin("hello".into()))
    );
}

#[test]
fn a_project_file_that_is_missing_or_broken_is_told_with_its_place() {
    let wrong = |text: &str| load(text).unwrap_err();
    assert_eq!(
        wrong("[app.x]\nfrom = \"none.json\"\n"),
        "dir/x.toml:2:8: dir/none.json cannot be read: no such file (project files are looked for beside the scenario)"
    );
    assert_eq!(
        wrong("[app.x]\nfrom = \"broken.json\"\n"),
        "dir/broken.json:1:16: this text has no closing quote (close it: 'x')"
    );
    assert_eq!(
        wrong("[app.x]\nfrom = \"2021-builtin.js\"\nrun = { builtin = \"echo\" }\n"),
        "dir/x.toml:1:1: this app says twice what it runs (`run`, `type` with `envvars`, and `from` are three ways to say the same)"
    );
}

#[test]
fn the_variables_of_2018_become_the_programs_environment() {
    let app = |envvars: &str| {
        load(&format!(
            "[app.x]\ntype = \"DOCKER\"\nenvvars = \"{envvars}\"\n"
        ))
    };
    let loaded = app("XWDOCKERIMAGE=a/b:1, MODE=fast,EMPTY=,TWO=two words").unwrap();
    let cast = loaded.cast(&Inputs::new(Policy::below("."))).unwrap();
    let env: Vec<(&str, &str)> = cast.apps[0]
        .env
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(env, [("EMPTY", ""), ("MODE", "fast"), ("TWO", "two words")]);
    for odd in ["OPTS=-x=1", "alone", "=x"] {
        let wrong = app(&format!("XWDOCKERIMAGE=a/b,{odd}")).unwrap_err();
        assert!(
            wrong.contains(&format!("`{odd}` in `envvars` is no variable")),
            "{wrong}"
        );
    }
}

#[test]
fn a_dataset_must_have_the_checksum_the_scenario_gives() {
    let check = |checksum: &str| {
        let text =
            format!("[dataset.iris]\nfile = \"fixtures/iris.csv\"\nchecksum = \"0x{checksum}\"\n");
        let loaded = load(&text).unwrap();
        let cast = loaded.cast(&Inputs::new(Policy::below("scenarios")));
        cast.map(drop).map_err(|wrong| wrong.to_string())
    };
    let wrong = check(&"11".repeat(32)).unwrap_err();
    assert!(wrong.starts_with("dir/x.toml:2:8: "), "{wrong}");
    let digest = wrong.split("SHA-256 0x").nth(1).unwrap();
    check(&digest[..64]).unwrap();
}
