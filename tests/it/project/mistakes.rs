//! Mistakes people make in project files: each has its line and the way out.

use super::read;

/// Asserts that a file is wrong in exactly this way: place, message, help.
#[track_caller]
fn assert_wrong(text: &str, lines: &[&str]) {
    let wrong = read(text).unwrap_err().to_string();
    let found: Vec<&str> = wrong.lines().collect();
    assert_eq!(found, lines, "{text}");
}

/// A project of 2018 with this in its `app.params`.
fn params(members: &str) -> String {
    format!("{{\n  app: {{\n    params: {{ {members} }}\n  }}\n}}")
}

/// A project of 2018 with these variables.
fn envvars(text: &str) -> String {
    params(&format!("type: 'DOCKER', envvars: '{text}'"))
}

#[test]
fn a_missing_quote_is_shown_and_closed() {
    assert_wrong(
        "module.exports = {\n  app: {\n    type: 'DOCKER',\n    envvars: 'XWDOCKERIMAGE=a/b:1,\n  },\n};",
        &["iexec.js:4:14: this text has no closing quote (close it: 'XWDOCKERIMAGE=a/b:1')"],
    );
    assert_wrong(
        "{ order: {\n  dirinuri: http://example.org/small.mp4',\n} }",
        &[
            "iexec.js:2:13: this is neither a text in quotes nor a number (put it in quotes: 'http://example.org/small.mp4')",
        ],
    );
    assert_wrong(
        "{ order: {\n  cmdline\": \"--help\",\n} }",
        &[
            "iexec.js:2:3: this key has no `:` and no value (a quote is missing before it: write \"cmdline\": …)",
        ],
    );
    assert_wrong(
        "{ order: {\n  \"cmdline: \"--help\",\n} }",
        &[
            "iexec.js:2:3: this key has no `:` and no value (a quote is missing: write \"cmdline\": …)",
        ],
    );
}

#[test]
fn what_is_not_an_object_says_where() {
    assert_wrong(
        "",
        &[
            "iexec.js:1:1: there is no project here (write `module.exports = { app: { … }, order: { … } }`)",
        ],
    );
    assert_wrong(
        "const app = {};\nmodule.exports = { app };",
        &[
            "iexec.js:1:1: this is code, and no code is run (write the project as one object: `module.exports = { … }`)",
        ],
    );
    assert_wrong(
        "{ app: {\n name: 'x'\n",
        &["iexec.js:1:8: this is never closed (add the missing `}`)"],
    );
    assert_wrong(
        "{ app: { name: 'x' type: 'DOCKER' } }",
        &[
            "iexec.js:1:20: a comma is missing before this (put a `,` between two members and `}` after the last; or a quote is missing further left)",
        ],
    );
    assert_wrong(
        "0x526937F28B31b9BaFA4e72477f88c75784836375{ app: {} }",
        &[
            "iexec.js:1:1: this key has no `:` and no value (remove it: a project begins with its `{`)",
        ],
    );
    assert_wrong(
        "{ app: process.env.APP }",
        &[
            "iexec.js:1:8: this is neither a text in quotes nor a number (put it in quotes: 'process.env.APP')",
        ],
    );
    assert_wrong(
        "{ app: 'x' }",
        &["iexec.js:1:8: `app` is a text, not an object (write `{ key: value, … }`)"],
    );
    assert_wrong(
        "{ description: 'x' }",
        &[
            "iexec.js:1:1: the project has no `app` (add app: { name: \"…\", params: { type: \"DOCKER\", envvars: \"XWDOCKERIMAGE=user/app:1.0\" } })",
        ],
    );
}

#[test]
fn an_app_without_type_or_image_is_told_what_to_add() {
    assert_wrong(
        &params(""),
        &[
            "iexec.js:3:13: nothing says what this app runs (add to `app.params`: type: \"DOCKER\", envvars: \"XWDOCKERIMAGE=user/app:1.0\")",
        ],
    );
    assert_wrong(
        &params("type: 'DOCKER'"),
        &[
            "iexec.js:3:13: the app names no image (add to `app.params`: envvars: \"XWDOCKERIMAGE=user/app:1.0\")",
        ],
    );
    assert_wrong(
        &params("envvars: 'XWDOCKERIMAGE=a/b'"),
        &["iexec.js:3:13: the app has no `type` (add to `app.params`: type: \"DOCKER\")"],
    );
    assert_wrong(
        &params("type: 'docker', envvars: 'XWDOCKERIMAGE=a/b'"),
        &[
            "iexec.js:3:21: `docker` is not a type of app that runs here (write type: \"DOCKER\"; there is DOCKER, WASM and BUILTIN)",
        ],
    );
    assert_wrong(
        "{ app: { type: 'BUILTIN', multiaddr: 'helo' } }",
        &[
            "iexec.js:1:38: no builtin program is called \"helo\"; there are hello, echo, wc, random, sleep, fail, fill and sha256 (write its name as `multiaddr`)",
        ],
    );
}

#[test]
fn variables_that_workers_would_have_dropped_are_refused() {
    assert_wrong(
        &envvars("XWDOCKERIMAGES=a/b"),
        &[
            "iexec.js:3:40: `envvars` does not set XWDOCKERIMAGE, so there is no image (write XWDOCKERIMAGE instead of XWDOCKERIMAGES)",
        ],
    );
    assert_wrong(
        &envvars("XWDOCKERIMAGE:a/b"),
        &[
            "iexec.js:3:40: `XWDOCKERIMAGE:a/b` in `envvars` is no variable (write XWDOCKERIMAGE=a/b)",
        ],
    );
    assert_wrong(
        &envvars("XWDOCKERIMAGE=a/b,OPTS=-x=1"),
        &[
            "iexec.js:3:40: `OPTS=-x=1` in `envvars` is no variable (variables are written KEY=VALUE and parted by commas; a value holds neither `,` nor `=`)",
        ],
    );
}

#[test]
fn names_that_are_no_images_are_answered_with_what_they_should_be() {
    let help = |image: &str| {
        let wrong = read(&envvars(&format!("XWDOCKERIMAGE={image}"))).unwrap_err();
        wrong.list()[0].help.clone().unwrap()
    };
    assert_eq!(
        help(""),
        "write the image after the `=`, such as user/app:1.0"
    );
    assert_eq!(
        help("https://hub.docker.com/r/jrottenberg/ffmpeg/"),
        "an image is no web page: write jrottenberg/ffmpeg"
    );
    assert_eq!(
        help("User/App:V1"),
        "names of images are in lower case: user/app:V1"
    );
    assert!(help("--privileged").contains("begins with a letter"));
    assert!(help("a b").contains("one word"));
    assert!(help("a/b;c").contains("`;`"));
}

#[test]
fn numbers_and_inputs_are_checked() {
    let order = |members: &str| {
        format!("{{ app: {{ type: 'BUILTIN', multiaddr: 'hello' }},\n  {members} }}")
    };
    assert_wrong(
        &order("order: { sell: { value: -1 } }"),
        &[
            "iexec.js:2:27: `-1` is not a whole number (write digits only, such as 10; at most 18446744073709551615)",
        ],
    );
    assert_wrong(
        &order("order: { sell: { value: 0.5 } }"),
        &[
            "iexec.js:2:27: `0.5` is not a price: nRLC cannot be parted (prices are whole nRLC; 1 RLC is 1000000000 nRLC)",
        ],
    );
    assert_wrong(
        &order("order: { sell: { value: '88000000 RLC' } }"),
        &["iexec.js:2:27: 88000000 RLC is more than there is (there are 87 million RLC in all)"],
    );
    assert_wrong(
        &order("work: { dirinuri: 'ftp://example.org/a' }"),
        &[
            "iexec.js:2:21: \"ftp://example.org/a\" is no input: only http, https, file and relative paths are understood (write the http or https address of a file, or a path beside this file)",
        ],
    );
    assert_wrong(
        &order("order: { requestorder: { volume: 1000001 } }"),
        &["iexec.js:2:36: 1000001 tasks are too many (at most 1000000 are done in one run)"],
    );
    assert_wrong(
        &order("category: { name: 'c', workClockTimeRef: 0 }"),
        &["iexec.js:2:44: a category of 0 seconds (write 1 to 31536000 seconds)"],
    );
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    assert_wrong(
        "{ app: { price: 'x', params: { type: 'D', envvars: 'Y=1' } }, order: 7 }",
        &[
            "iexec.js:1:17: `x` is not a whole number (write digits only, such as 10; at most 18446744073709551615)",
            "iexec.js:1:38: `D` is not a type of app that runs here (write type: \"DOCKER\"; there is DOCKER, WASM and BUILTIN)",
            "iexec.js:1:70: `order` is a number, not an object (write `{ key: value, … }`)",
        ],
    );
}
