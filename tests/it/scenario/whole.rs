//! Mistakes of whole files: of their variables, of what they include, all told at once.

use std::{io, path::Path};

use emulate::scenario::{Loaded, Overrides};

use super::broken::assert_wrong;

#[test]
fn variables_that_do_not_exist_are_named() {
    assert_wrong(
        "[vars]\nliars = 1\n[worker.w]\ncount = \"${lairs}\"\n",
        &["x.toml:4:10: there is no variable `lairs` (did you mean `liars`?)"],
    );
    assert_wrong(
        "[scenario]\ntitle = \"a ${b\"\n",
        &["x.toml:2:9: a variable is not closed (variables are written `${name}`)"],
    );
    assert_wrong(
        "[matrix]\nliarz = [1]\n[vars]\nliars = 1\n[worker.w]\ncount = \"${liars}\"\n",
        &[
            "x.toml:2:1: the matrix varies `liarz`, and nothing refers to it (did you mean `liars`?)",
        ],
    );
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    let text = "[time]\nblock = 5\n[worker.w]\nbehavior = \"liar\"\n[task.t]\napp = \"x\"\n";
    assert_wrong(
        text,
        &[
            "x.toml:2:9: `5` is a duration without its unit (write \"5s\" or \"5m\")",
            "x.toml:4:1: [worker] has no `behavior` (did you mean `behaviour`?)",
            "x.toml:6:7: there is no app `x` (declare it with `[app.x]`)",
        ],
    );
}

/// What is wrong with a scenario that is made of these files, the first being the one to run.
fn wrong_files(files: &[(&str, &str)]) -> String {
    let read = |path: &Path| {
        let file = files.iter().find(|(name, _)| Path::new(name) == path);
        let missing = || io::Error::new(io::ErrorKind::NotFound, "no such file");
        file.map(|(_, text)| (*text).to_owned()).ok_or_else(missing)
    };
    let (name, text) = files[0];
    let loaded = Loaded::new(text, Path::new(name), &read, &Overrides::default());
    loaded.unwrap_err().to_string()
}

#[test]
fn circles_of_files_and_missing_files_are_told_where_they_are_asked_for() {
    let a = ("a.toml", "[scenario]\ninclude = [\"b/b.toml\"]\n");
    let b = ("b/b.toml", "[scenario]\ninclude = [\"../a.toml\"]\n");
    assert_eq!(
        wrong_files(&[a, b]),
        "b/b.toml:2:12: a.toml includes itself (the circle is a.toml → b/b.toml → a.toml)"
    );
    assert_eq!(
        wrong_files(&[a]),
        "a.toml:2:12: b/b.toml cannot be read: no such file (files are looked for beside the file that includes them)"
    );
    let broken = ("b/b.toml", "[scenario]\nseed = \"x\"\n");
    assert_eq!(
        wrong_files(&[a, broken]),
        "b/b.toml:2:8: expected a whole number, found a text (for example `3`)"
    );
}
