//! Clients people already have, against the program: alloy in Rust, the others by their scripts.
//!
//! The scripts need Node packages and Python's web3, so they are ignored unless asked for:
//! `cargo nextest run --profile clients --run-ignored all`.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Runs `emulate up -- program script` below `tests/clients`.
fn up(program: &str, script: &str) -> Output {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    Command::new(env!("CARGO_BIN_EXE_emulate"))
        .args(["--quiet", "up", "--port", "0", "--", program, script])
        .current_dir(folder)
        .output()
        .unwrap()
}

/// Asserts that the script came to its last line.
fn assert_ok(output: &Output, client: &str) {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success() && out.contains(&format!("{client}: ok")),
        "{client} failed\n{out}\n{err}"
    );
}

/// The Python that has web3: named by `EMULATE_PYTHON`, else the system's.
fn python() -> PathBuf {
    std::env::var_os("EMULATE_PYTHON").map_or_else(|| "python3".into(), PathBuf::from)
}

#[test]
#[ignore = "needs the Node packages of tests/clients"]
fn ethers_deploys_sends_listens_traces_and_travels() {
    assert_ok(&up("node", "ethers.mjs"), "ethers");
}

#[test]
#[ignore = "needs the Node packages of tests/clients"]
fn viem_deploys_sends_listens_traces_and_travels() {
    assert_ok(&up("node", "viem.mjs"), "viem");
}

#[test]
#[ignore = "needs Python with web3"]
fn web3py_deploys_sends_listens_traces_and_travels() {
    assert_ok(&up(python().to_str().unwrap(), "web3_client.py"), "web3.py");
}
