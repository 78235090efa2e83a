//! The commands: `import`, `check` and `run` on project files.

use std::fs;

use super::corpus;
use crate::program::{emulate_in as emulate, told};

#[test]
fn a_project_is_run_as_the_scenario_it_is_imported_as() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("iexec.js"), corpus::BUILTIN).unwrap();
    let (code, story, _) = told(&emulate(path, &["run", "iexec.js"]));
    assert_eq!(code, Some(0), "{story}");
    assert!(story.contains("Hello, all of us!"), "{story}");
    let (code, _, notes) = told(&emulate(path, &["import", "iexec.js", "-o", "hello.toml"]));
    assert_eq!(code, Some(0), "{notes}");
    assert!(notes.contains("run it with `emulate run hello.toml`"));
    let (code, again, _) = told(&emulate(path, &["run", "hello.toml"]));
    assert_eq!(code, Some(0));
    assert_eq!(again, story);
    let (code, checked, _) = told(&emulate(path, &["check", "iexec.js"]));
    assert_eq!((code, checked.as_str()), (Some(0), "iexec.js: ok\n"));
}

#[test]
fn what_is_imported_is_never_written_over_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("iexec.json"), corpus::FFMPEG).unwrap();
    fs::write(path.join("x.toml"), "mine").unwrap();
    let import = |more: &[&str]| {
        let words = [&["import", "iexec.json", "-o", "x.toml"], more].concat();
        told(&emulate(path, &words))
    };
    let (code, _, notes) = import(&[]);
    assert_eq!(code, Some(2), "{notes}");
    assert_eq!(fs::read_to_string(path.join("x.toml")).unwrap(), "mine");
    let (code, _, notes) = import(&["--force"]);
    assert_eq!(code, Some(0), "{notes}");
    assert!(
        notes.contains("not used: order.buy.app (line 12)"),
        "{notes}"
    );
    let (code, printed, notes) = told(&emulate(path, &["import", "iexec.json"]));
    assert_eq!((code, notes.as_str()), (Some(0), ""));
    assert_eq!(fs::read_to_string(path.join("x.toml")).unwrap(), printed);
}

#[test]
fn a_broken_project_is_shown_with_its_line_and_the_fix() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let broken = corpus::FIRST_FFMPEG.replace("scratch'", "scratch");
    fs::write(path.join("iexec.js"), broken).unwrap();
    for command in ["import", "check", "run"] {
        let (code, printed, notes) = told(&emulate(path, &[command, "iexec.js"]));
        assert_eq!((code, printed.as_str()), (Some(2), ""), "{command}");
        assert!(notes.contains("this text has no closing quote"), "{notes}");
        assert!(notes.contains("iexec.js:5:14"), "{notes}");
        let fix = "close it: 'XWDOCKERIMAGE=jrottenberg/ffmpeg:scratch'";
        assert!(notes.contains(fix), "{notes}");
    }
    let (code, _, notes) = told(&emulate(path, &["import", "none.js"]));
    assert_eq!(code, Some(2), "{notes}");
}

#[cfg(unix)]
#[test]
fn files_without_end_and_files_that_are_no_text_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.js"), [0xff, 0xfe, 0x00]).unwrap();
    for (file, why) in [
        ("/dev/zero", "larger than"),
        ("x.js", "not text"),
        (".", "directory"),
    ] {
        let (code, printed, notes) = told(&emulate(folder.path(), &["import", file]));
        assert_eq!((code, printed.as_str()), (Some(2), ""), "{file}");
        assert!(notes.contains(why), "{file}: {notes}");
    }
}

#[test]
fn a_project_is_known_by_its_name_however_it_is_spelled() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let project = "{ app: { type: 'BUILTIN', multiaddr: 'hello' } }";
    for name in ["iexec", "IEXEC.JS", "Iexec.Json", "a.CJS"] {
        fs::write(path.join(name), project).unwrap();
        let (code, checked, told) = told(&emulate(path, &["check", name]));
        assert_eq!(code, Some(0), "{name}: {told}");
        assert!(checked.starts_with(&format!("{name}: ok")), "{checked}");
    }
    for (bytes, said) in [
        (&b"\xff\xfe{\0 \0"[..], "but in UTF-16; save it as UTF-8"),
        (
            b"{\n  name: '\xe9'\n}",
            "line 2 has a byte that belongs to no character",
        ),
        (b"\x7fELF\x02\0", "iexec.js:1:6"),
    ] {
        fs::write(path.join("iexec.js"), bytes).unwrap();
        for command in ["import", "check", "run"] {
            let (code, _, told) = told(&emulate(path, &[command, "iexec.js"]));
            assert_eq!(code, Some(2), "{told}");
            assert!(
                told.contains(said) && told.contains("iexec.js"),
                "{command}: {told}"
            );
        }
    }
}
