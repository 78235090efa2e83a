//! Folders that are no build of the contracts, or not a whole one: what is told about them.

use std::{fs, path::Path, sync::Arc};

use emulate::contracts::{Build, BuildError};

use super::{artifacts, built_in, changed, compared, load};

fn refusal(folder: &Path) -> String {
    Build::read(folder).unwrap_err().to_string()
}

#[test]
fn a_folder_without_contracts_says_which_would_do() {
    let folder = tempfile::tempdir().unwrap();
    let told = refusal(folder.path());
    assert!(told.contains("@iexec/poco 6"), "{told}");
    assert!(told.contains("contracts/artifacts"), "{told}");
    let told = refusal(&folder.path().join("nowhere"));
    assert!(told.contains("cannot be read"), "{told}");
}

#[test]
fn contracts_before_the_diamond_are_recognised() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ERC1538Proxy.json"), "{}").unwrap();
    let refused = Build::read(folder.path());
    assert!(matches!(refused, Err(BuildError::OldProxy { .. })));
}

#[test]
fn a_missing_contract_is_named() {
    let folder = tempfile::tempdir().unwrap();
    changed(folder.path(), "Hub", |_| {});
    fs::remove_file(folder.path().join("EscrowFacet.json")).unwrap();
    let told = refusal(folder.path());
    assert!(told.ends_with("lacks an artifact of EscrowFacet"), "{told}");
}

#[test]
fn a_file_that_is_no_artifact_is_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    changed(folder.path(), "Hub", |_| {});
    fs::write(folder.path().join("RLC.json"), "{\"bytecode\": 7}").unwrap();
    let told = refusal(folder.path());
    assert!(told.contains("RLC.json is not an artifact"), "{told}");
}

#[test]
fn a_diamond_without_its_facets_says_what_nobody_serves() {
    let folder = tempfile::tempdir().unwrap();
    let empty = r#"{"abi": [], "bytecode": "0x00"}"#;
    for contract in [
        "Diamond",
        "DiamondCutFacet",
        "DiamondLoupeFacet",
        "OwnershipFacet",
    ] {
        let path = folder.path().join(format!("{contract}.json"));
        fs::write(path, empty).unwrap();
    }
    let told = refusal(folder.path());
    assert!(told.contains("contribute(bytes32,bytes32,"), "{told}");
    assert!(!told.contains("renounceOwnership"), "{told}");
}

#[test]
fn a_broken_hub_is_refused_when_it_is_deployed() {
    let folder = tempfile::tempdir().unwrap();
    changed(folder.path(), "Hub", |artifact| {
        artifact["bytecode"] = "0xfe".into()
    });
    let build = Arc::new(Build::read(folder.path()).unwrap());
    let told = compared(&built_in("hello"), &build).err().unwrap();
    assert!(told.to_string().contains("creates Hub"), "{told}");
}

#[test]
fn a_scenario_names_its_contracts_beside_its_file() {
    let text = |contracts: &Path| {
        format!(
            "[protocol]\ncontracts = {contracts:?}\n[app.a]\nrun = {{ builtin = \"hello\" }}\n[task.t]\napp = \"a\"\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let inputs =
        || emulate::executor::inputs::Inputs::new(emulate::executor::inputs::Policy::below(""));
    let wrong = load(&text(folder.path())).cast(&inputs()).unwrap_err();
    let told = wrong.render(false);
    assert!(told.contains("there are no PoCo contracts below"), "{told}");
    assert!(told.contains("it.toml:2:"), "{told}");
    let cast = load(&text(&artifacts())).cast(&inputs()).unwrap();
    assert_eq!(cast.protocol_contracts.name, "emulate-contracts 0.1.0");
}
