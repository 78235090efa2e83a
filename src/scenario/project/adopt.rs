//! Apps a scenario takes from a project file: `from = "iexec.json"`. Rule: what the scenario says
//! itself goes before what the project says.

use std::{io, path::Path};

use super::{Project, app::Runs};
use crate::{
    protocol::Name,
    scenario::{
        document::{Diagnostic, Document},
        model::{App, IMAGE_VARIABLE, Program, Randomness, Scenario},
    },
};

/// Fills in every app that comes from a project file; returns what is wrong with any of them.
pub(in crate::scenario) fn adopt(
    scenario: &mut Scenario,
    document: &mut Document,
    read: &dyn Fn(&Path) -> io::Result<String>,
) -> Vec<Diagnostic> {
    let mut wrong = Vec::new();
    for (name, app) in &mut scenario.app {
        let says_itself = app.run.is_some() || app.r#type.is_some() || app.envvars.is_some();
        let Some(file) = app.from.clone().filter(|_| !says_itself) else {
            continue;
        };
        match project(name, &file, document, read) {
            Ok(project) => {
                let has_price = document.root.find(&["app", name, "price"]).is_some();
                fill(app, &project, has_price);
            }
            Err(more) => wrong.extend(more),
        }
    }
    wrong
}

/// Reads the project file beside the file that names it.
fn project(
    name: &Name,
    file: &str,
    document: &mut Document,
    read: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<Project, Vec<Diagnostic>> {
    let span = document.span(&["app", name, "from"]);
    let source = document.sources.source(span);
    let folder = source.and_then(|source| source.path.parent());
    let path = folder.unwrap_or(Path::new("")).join(file);
    let text = read(&path).map_err(|error| {
        let message = format!("{} cannot be read: {error}", path.display());
        let one = Diagnostic::error(span, message);
        vec![one.help("project files are looked for beside the scenario")]
    })?;
    Project::read(&text, &path).map_err(|wrong| {
        // The complaints are about another text, which is one of the scenario's from now on.
        let Some(number) = document.sources.add(&path, &text) else {
            let message = "a scenario cannot be made of so many files";
            return vec![Diagnostic::error(span, message)];
        };
        let place = |one: &Diagnostic| {
            let mut one = one.clone();
            one.span.file = number;
            one
        };
        wrong.list().iter().map(place).collect()
    })
}

/// Takes from a project what the app does not say itself.
fn fill(app: &mut App, project: &Project, has_price: bool) {
    let parts = &project.parts;
    app.from = None;
    app.run = Some(match &parts.app.runs {
        Runs::Envvars(variables) => {
            let mut image = String::new();
            for (key, value) in &variables.value {
                if key == IMAGE_VARIABLE {
                    image.clone_from(value);
                } else {
                    let own = app.env.entry(key.clone());
                    own.or_insert_with(|| value.clone());
                }
            }
            Program::Image(image)
        }
        Runs::Image(at) => Program::Image(at.value.clone()),
        Runs::Wasm(at) => Program::Wasm {
            file: at.value.clone(),
            random: Randomness::Task,
        },
        Runs::Builtin(at) => Program::Builtin(at.value.clone()),
    });
    app.era = app.era.or(Some(parts.app.era));
    if let (Some(price), false) = (parts.app_price(), has_price) {
        app.price = price.value;
    }
    let volume = parts.orders.app.volume.as_ref();
    app.volume = app.volume.or(volume.map(|volume| volume.value));
}
