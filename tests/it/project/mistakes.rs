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
        "{ app: { name: 'Greeter, type: 'BUILTIN', multiaddr: 'hello' } }",
        &["iexec.js:1:16: this text has no closing quote (close it before the comma: 'Greeter')"],
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
            "iexec.js:1:8: this is code, and no code is run (write the value itself: a text in quotes, a number, or an object in braces)",
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
fn values_of_the_wrong_kind_are_answered_with_the_right_one() {
    let price = |value: &str| {
        format!("{{ app: {{ type: 'BUILTIN', multiaddr: 'hello', price: {value} }} }}")
    };
    let help = "(write whole nRLC, such as 10, or an amount, such as \"1 RLC\")";
    assert_wrong(
        &price("true"),
        &[&format!(
            "iexec.js:1:54: `app.price` is true or false, not a number {help}"
        )],
    );
    assert_wrong(
        &price("[1]"),
        &[&format!(
            "iexec.js:1:54: `app.price` is a list, not a number {help}"
        )],
    );
    for odd in ["NaN", "Infinity"] {
        assert_wrong(
            &price(odd),
            &[
                "iexec.js:1:54: no field of a project has this value (write digits only, such as 10)",
            ],
        );
    }
    let wrong = read(&price("-Infinity")).unwrap_err().to_string();
    assert!(wrong.contains("this is not a number"), "{wrong}");
    let category = |members: &str| {
        format!(
            "{{ app: {{ type: 'BUILTIN', multiaddr: 'hello' }}, order: {{ requestorder: {{ {members} }} }} }}"
        )
    };
    assert_wrong(
        &category("category: 'XS'"),
        &[
            "iexec.js:1:84: `XS` is not a whole number (categories have numbers: 0 is xs, 1 is s, 2 is m, 3 is l, 4 is xl)",
        ],
    );
    let project = read(&category("category: 9")).unwrap();
    let ignored = &project.ignored()[0];
    assert_eq!(
        ignored.reason,
        "there is no category 9: 0 is xs, 1 is s, 2 is m, 3 is l, 4 is xl; xs, of 5 minutes, is used"
    );
}

#[test]
fn a_variable_that_is_set_twice_is_refused() {
    assert_wrong(
        &envvars("XWDOCKERIMAGE=a/b,XWDOCKERIMAGE=c/d"),
        &[
            "iexec.js:3:40: `envvars` sets `XWDOCKERIMAGE` twice (leave one of them: XWDOCKERIMAGE=a/b or XWDOCKERIMAGE=c/d)",
        ],
    );
    let scenario = "[app.a]\ntype = \"DOCKER\"\nenvvars = \"XWDOCKERIMAGE=a/b,X=1,X=2\"\n";
    let wrong = emulate::scenario::Scenario::parse(scenario, std::path::Path::new("x.toml"));
    let wrong = wrong.unwrap_err().to_string();
    assert!(
        wrong.contains("`envvars` sets `X` twice (leave one of them)"),
        "{wrong}"
    );
}

/// JavaScript, the column that is complained about, and what is said to do.
const CODE: [(&str, usize, &str); 22] = [
    ("module.exports = { ...base }", 20, "write the members"),
    ("module.exports = { [name]: 1 }", 20, "write the key"),
    (
        "module.exports = { get app() { return {} } }",
        20,
        "`key: value`",
    ),
    (
        "module.exports = { app() { return {} } }",
        20,
        "`key: value`",
    ),
    ("module.exports = { async *app() {} }", 20, "`key: value`"),
    (
        "module.exports = { app: function() {} }",
        25,
        "write the value",
    ),
    (
        "module.exports = { app: () => ({}) }",
        25,
        "write the value",
    ),
    ("module.exports = { app: x => x }", 25, "write the value"),
    (
        "module.exports = { app: require('./app') }",
        25,
        "write the value",
    ),
    ("module.exports = { app: new App() }", 25, "write the value"),
    ("module.exports = { app: !0 }", 25, "write the value"),
    (
        "module.exports = { app: JSON.parse('{}') }",
        25,
        "write the value",
    ),
    (
        "module.exports = { dapps: [...all] }",
        28,
        "write the value",
    ),
    (
        "module.exports = { name: 'x'.trim() }",
        29,
        "write the value",
    ),
    ("module.exports = { name: 1 + 2 }", 28, "write the value"),
    (
        "module.exports = (function() {})()",
        18,
        "module.exports = {",
    ),
    ("module.exports = () => ({})", 18, "module.exports = {"),
    (
        "module.exports = JSON.parse('{}')",
        18,
        "module.exports = {",
    ),
    ("module.exports = project", 18, "module.exports = {"),
    ("export default class {}", 16, "module.exports = {"),
    ("exports.app = {}", 1, "module.exports = {"),
    ("module.exports.app = {}", 1, "module.exports = {"),
];

#[test]
fn code_is_told_to_be_code_wherever_it_stands() {
    for (text, column, help) in CODE {
        let wrong = read(text).unwrap_err().to_string();
        let begin = format!("iexec.js:1:{column}: this is code, and no code is run (");
        assert!(
            wrong.starts_with(&begin) && wrong.contains(help),
            "{text}\n{wrong}"
        );
    }
    assert_wrong(
        "module.exports = { app, order }",
        &[
            "iexec.js:1:20: this stands for a variable, and no code is run (write `app: …` with its value)",
        ],
    );
}

#[test]
fn what_is_no_project_at_all_says_what_it_is() {
    assert_wrong(
        "PK\u{3}\u{4}\0\0",
        &[
            "iexec.js:1:5: this is no text: it has a NUL byte here (is this the right file? if it is UTF-16, save it as UTF-8)",
        ],
    );
    let help = "(the project file of the SDK is called iexec.json or iexec.js)";
    for (text, what) in [
        ("{ \"privateKey\": \"0x5ec2e7\" }", "a wallet"),
        ("{ \"address\": \"5ec2e7\", \"crypto\": {} }", "a wallet"),
        ("{ \"jwtoken\": \"5ec2e7\" }", "an account"),
        ("{ default: 'dev', chains: {} }", "a list of networks"),
    ] {
        let wrong = read(text).unwrap_err();
        // A key is nothing to show.
        assert!(!wrong.render(false).contains("5ec2e7"));
        assert_eq!(
            wrong.to_string().trim(),
            format!("iexec.js:1:1: this is {what}, not a project file {help}")
        );
    }
    let wrong = read("{ \"a\": 1,\n \"privateKey\": \"5ec2e7 }").unwrap_err();
    assert!(!wrong.render(false).contains("5ec2e7"));
    assert!(
        wrong
            .to_string()
            .contains("line 2: this text has no closing quote"),
        "{wrong}"
    );
    // With a first line for the shell it is one all the same.
    let text =
        "#!/usr/bin/env node\nmodule.exports = { app: { type: 'BUILTIN', multiaddr: 'hello' } }";
    read(text).unwrap();
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

#[test]
fn a_list_is_no_project() {
    for (text, at) in [("[]", "1:1"), ("module.exports = [1]", "1:18")] {
        let told = format!(
            "iexec.js:{at}: this is a list, and a project is an object (write its parts by name, in braces: `{{ \"app\": {{ … }}, \"order\": {{ … }} }}`)"
        );
        assert_wrong(text, &[&told]);
    }
}
