//! The app of a project file: what runs, what it costs. Rule: a file that does not say what runs is
//! refused with the line to write; everything else has a default or a reason.

use std::{ops::Range, str::FromStr};

use super::{
    notes::{Field, Notes, Read, Section},
    scalar::shortened,
};
use crate::{
    amount::Nrlc,
    executor::{Builtin, docker::Reference},
    protocol::Name,
    scenario::{
        document::nearest,
        model::{Era, IMAGE_VARIABLE, cut_variables},
    },
};

/// Types of apps that run here.
const TYPES: [&str; 3] = ["DOCKER", "WASM", "BUILTIN"];

/// What an app runs.
#[derive(Clone, Debug)]
pub(super) enum Runs {
    /// A container image, named by `XWDOCKERIMAGE`, with the variables beside it.
    Envvars(Read<Vec<(String, String)>>),
    /// A container image, named by `multiaddr`.
    Image(Read<String>),
    /// A WebAssembly module, named by `multiaddr`.
    Wasm(Read<String>),
    /// A program inside, named by `multiaddr`.
    Builtin(Read<String>),
}

/// The app of a project file.
#[derive(Clone, Debug)]
pub(super) struct ProjectApp {
    pub(super) name: Option<Read<String>>,
    pub(super) price: Option<Read<Nrlc>>,
    pub(super) runs: Runs,
    pub(super) era: Era,
}

impl ProjectApp {
    /// Reads the section `app`.
    pub(super) fn read(mut app: Section<'_>, notes: &mut Notes) -> Option<Self> {
        let name = app.take(&["name"], notes);
        let name = name.and_then(|field| field.filled(notes));
        let price = app.take(&["price"], notes);
        let price = price.and_then(|field| field.nrlc(notes));
        let address = app.take(&["multiaddr"], notes);
        let runs = match address {
            Some(address) => modern(&mut app, &address, notes),
            None => classic(&mut app, notes),
        };
        app.ignore(&["owner"], "people have names here: devon owns it", notes);
        let checksum = "no worker checks an image's digest; to pin it write image@sha256:…";
        app.ignore(&["checksum", "hash"], checksum, notes);
        let enclave = "enclaves are not emulated";
        app.ignore(&["mrenclave"], enclave, notes);
        app.close("apps have no such field", notes);
        let (runs, era) = runs?;
        Some(Self {
            name,
            price,
            runs,
            era,
        })
    }
}

/// The form of today: `type` and `multiaddr`.
fn modern(app: &mut Section<'_>, address: &Field<'_>, notes: &mut Notes) -> Option<(Runs, Era)> {
    let whole = app.span.clone();
    let kind = read_type(app.take(&["type"], notes), &whole, "app", notes);
    app.ignore(&["params"], "`multiaddr` says what runs", notes);
    let address = address.text(notes)?;
    let kind = kind?;
    let runs = match kind.as_str() {
        "DOCKER" => {
            check_image(address.value.trim(), &address.span, notes)?;
            Runs::Image(address.with(address.value.trim().to_owned()))
        }
        "WASM" => Runs::Wasm(address),
        _ => {
            if let Err(error) = Builtin::from_str(address.value.trim()) {
                let help = "write its name as `multiaddr`";
                notes.refuse(&address.span, error.to_string(), help);
                return None;
            }
            Runs::Builtin(address.with(address.value.trim().to_owned()))
        }
    };
    Some((runs, Era::Modern))
}

/// The forms of 2018: `type` and `envvars`, within `params` or, earlier, in the app itself.
fn classic(app: &mut Section<'_>, notes: &mut Notes) -> Option<(Runs, Era)> {
    let params = app.take(&["params"], notes);
    let runs = match params {
        Some(field) => {
            let mut params = Section::of(&field, notes)?;
            let runs = classic_runs(&mut params, &field.name, notes);
            let packages = "every worker here takes every app; SGX is not emulated";
            params.ignore(&["neededpackages"], packages, notes);
            params.close("no worker of 2018 looked at it", notes);
            runs
        }
        None => classic_runs(app, "app", notes),
    };
    runs.map(|runs| (runs, Era::Classic))
}

fn classic_runs(section: &mut Section<'_>, path: &str, notes: &mut Notes) -> Option<Runs> {
    let whole = section.span.clone();
    let kind = section.take(&["type"], notes);
    let envvars = section.take(&["envvars"], notes);
    if kind.is_none() && envvars.is_none() {
        let message = "nothing says what this app runs";
        let help = format!(
            "add to `{path}`: type: \"DOCKER\", envvars: \"{IMAGE_VARIABLE}=user/app:1.0\""
        );
        notes.refuse(&start(&whole), message, help);
        return None;
    }
    let kind = read_type(kind, &whole, path, notes);
    let Some(envvars) = envvars else {
        let message = "the app names no image";
        let help = format!("add to `{path}`: envvars: \"{IMAGE_VARIABLE}=user/app:1.0\"");
        notes.refuse(&start(&whole), message, help);
        return None;
    };
    let written = envvars.text(notes)?;
    if kind? != "DOCKER" {
        let message = "`envvars` is for apps of type DOCKER";
        let help = "name a module or a program inside by `multiaddr`";
        notes.refuse(&envvars.key, message, help);
        return None;
    }
    variables(&written, notes).map(|variables| Runs::Envvars(written.with(variables)))
}

/// Reads the type of an app, which must be written.
fn read_type(
    field: Option<Field<'_>>,
    whole: &Range<usize>,
    path: &str,
    notes: &mut Notes,
) -> Option<String> {
    let Some(field) = field else {
        let help = format!("add to `{path}`: type: \"DOCKER\"");
        notes.refuse(&start(whole), "the app has no `type`", help);
        return None;
    };
    let read = field.text(notes)?;
    if TYPES.contains(&read.value.as_str()) {
        return Some(read.value);
    }
    let message = format!(
        "`{}` is not a type of app that runs here",
        shortened(&read.value)
    );
    let near = nearest(read.value.trim(), TYPES).unwrap_or("DOCKER");
    let help = format!("write type: \"{near}\"; there is DOCKER, WASM and BUILTIN");
    notes.refuse(&read.span, message, help);
    None
}

/// Reads `K=V,K=V`, among them the image; complains about what workers of 2018 dropped in silence.
fn variables(written: &Read<String>, notes: &mut Notes) -> Option<Vec<(String, String)>> {
    let mut variables: Vec<(String, String)> = Vec::new();
    let mut sound = true;
    for entry in cut_variables(&written.value) {
        match entry {
            Ok((key, value)) => {
                if let Some((_, first)) = variables.iter().find(|(known, _)| known == key) {
                    let message = format!("`envvars` sets `{}` twice", shortened(key));
                    let (first, value) = (shortened(first), shortened(value));
                    let help = format!("leave one of them: {key}={first} or {key}={value}");
                    notes.refuse(&written.span, message, help);
                    sound = false;
                }
                variables.push((key.to_owned(), value.to_owned()));
            }
            Err(odd) => {
                let message = format!("`{}` in `envvars` is no variable", shortened(odd));
                notes.refuse(&written.span, message, variable_help(odd));
                sound = false;
            }
        }
    }
    let image = variables.iter().find(|(key, _)| key == IMAGE_VARIABLE);
    let Some((_, image)) = image else {
        if sound {
            let message = format!("`envvars` does not set {IMAGE_VARIABLE}, so there is no image");
            let like = nearest(
                IMAGE_VARIABLE,
                variables.iter().map(|(key, _)| key.as_str()),
            );
            let help = match like {
                Some(key) => format!("write {IMAGE_VARIABLE} instead of {key}"),
                None => format!("write envvars: \"{IMAGE_VARIABLE}=user/app:1.0\""),
            };
            notes.refuse(&written.span, message, help);
        }
        return None;
    };
    check_image(image, &written.span, notes)?;
    sound.then_some(variables)
}

fn variable_help(entry: &str) -> String {
    let after = entry.strip_prefix(IMAGE_VARIABLE);
    match after.map(|rest| rest.trim_start_matches([':', ' '])) {
        Some(image) if !image.is_empty() && !image.starts_with('=') => {
            format!("write {IMAGE_VARIABLE}={image}")
        }
        _ => "variables are written KEY=VALUE and parted by commas; a value holds neither `,` nor `=`"
            .to_owned(),
    }
}

/// Complains about what cannot be the name of an image.
fn check_image(image: &str, span: &Range<usize>, notes: &mut Notes) -> Option<()> {
    let path = image.split(['@', ':']).next().unwrap_or("");
    let help = if image.is_empty() {
        "write the image after the `=`, such as user/app:1.0".to_owned()
    } else if let Some((_, rest)) = image.split_once("://") {
        let rest = rest.trim_start_matches("hub.docker.com/").trim_matches('/');
        let rest = rest.strip_prefix("r/").unwrap_or(rest);
        let rest = rest.strip_prefix("_/").unwrap_or(rest);
        format!("an image is no web page: write {rest}")
    } else if image.starts_with('-') || image.contains(char::is_whitespace) {
        "an image is one word that begins with a letter or a digit: user/app:1.0".to_owned()
    } else if path.chars().any(char::is_uppercase) {
        format!(
            "names of images are in lower case: {}",
            image.replacen(path, &path.to_lowercase(), 1)
        )
    } else if let Some(odd) = image.chars().find(|char| !is_image_char(*char)) {
        format!("`{odd}` does not belong into the name of an image: user/app:1.0")
    } else if let Err(error) = image.parse::<Reference>() {
        error.to_string()
    } else {
        return Some(());
    };
    let message = format!("`{}` is not the name of an image", shortened(image));
    notes.refuse(span, message, help);
    None
}

fn is_image_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || "._-/:@".contains(char)
}

/// The first character of an object: a complaint about what is missing in it points there.
fn start(span: &Range<usize>) -> Range<usize> {
    span.start..span.end.min(span.start + 1)
}

/// Returns what a scenario may call `text`: letters, digits, `-` and `_`.
pub(super) fn name_of(text: Option<&Read<String>>, fallback: &str) -> Name {
    let text = text.map_or("", |read| read.value.as_str());
    let mut name = String::new();
    for char in text.chars().take(48) {
        match char {
            _ if char.is_ascii_alphanumeric() || char == '_' => {
                name.push(char.to_ascii_lowercase())
            }
            _ if name.is_empty() || name.ends_with('-') => {}
            _ => name.push('-'),
        }
    }
    let name = name.trim_end_matches('-');
    Name::from(if name.is_empty() { fallback } else { name })
}
