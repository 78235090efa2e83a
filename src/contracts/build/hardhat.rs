//! PoCo 6 as its authors publish it: Hardhat's artifacts of a diamond, its facets, the library of
//! orders and the registries. Rule: what the package lacks is looked for where npm puts it, and what
//! is taken from this program instead is told.

use std::collections::BTreeSet;

use alloy_json_abi::JsonAbi;
use alloy_primitives::FixedBytes;

use super::{
    Build, BuildError, Facet, Shape, Unit,
    folder::{Compiled, Folder, read},
};
use crate::contracts::artifact::{Contract, HUB_ABI};

/// The facets of the diamond itself. They come from a library of another author: packages hold them
/// only as notes of a deployment.
const OF_THE_DIAMOND: [&str; 3] = ["DiamondCutFacet", "DiamondLoupeFacet", "OwnershipFacet"];

/// In the interface, and served by no published hub.
const NEVER_SERVED: &str = "renounceOwnership()";

/// Where npm puts the token, seen from the package.
const TOKEN: [&str; 2] = [
    "../../rlc-faucet-contract/build/contracts/RLC.json",
    "node_modules/rlc-faucet-contract/build/contracts/RLC.json",
];

/// Puts together what is in a folder.
pub(super) fn build(folder: &Folder) -> Result<Build, BuildError> {
    let mut notes = Vec::new();
    let facets = facets(folder)?;
    check_served(folder, &facets)?;
    let mut libraries = Vec::new();
    let linked = facets.iter().flat_map(|facet| &facet.unit.links);
    let linked: BTreeSet<&str> = linked.map(|(library, _)| library.as_str()).collect();
    for library in linked {
        libraries.push(folder.unit(library)?);
    }
    Ok(Build {
        name: folder.title(),
        version: folder.version(),
        token: token(folder, &mut notes)?,
        libraries,
        facets,
        hub: folder.unit("Diamond")?,
        shape: Shape::Diamond,
        registries: [
            folder.unit("AppRegistry")?,
            folder.unit("DatasetRegistry")?,
            folder.unit("WorkerpoolRegistry")?,
        ],
        notes,
    })
}

/// The facets of a hub whose deposits are tokens and which has no boost mode, as on public networks.
fn facets(folder: &Folder) -> Result<Vec<Facet>, BuildError> {
    let is_ours = |name: &&str| {
        let is_facet = name.ends_with("Facet") && !OF_THE_DIAMOND.contains(name);
        is_facet && !name.contains("Native") && !name.contains("Boost")
    };
    let mut taken = BTreeSet::new();
    let mut facets = Vec::new();
    for name in folder.names().filter(is_ours).chain(OF_THE_DIAMOND) {
        let compiled = folder.any(name)?;
        let mut selectors = compiled.selectors();
        selectors.retain(|selector| taken.insert(*selector));
        if !selectors.is_empty() {
            facets.push(Facet {
                unit: compiled.unit(name, &folder.path)?,
                selectors,
                is_parameterised: false,
            });
        }
    }
    Ok(facets)
}

/// Makes sure that the hub will serve everything clients rely on.
fn check_served(folder: &Folder, facets: &[Facet]) -> Result<(), BuildError> {
    #[derive(serde::Deserialize)]
    struct Interface {
        abi: JsonAbi,
    }
    let wanted: Interface =
        serde_json::from_str(HUB_ABI).expect("the hub's interface is part of the program");
    let served: BTreeSet<&FixedBytes<4>> =
        facets.iter().flat_map(|facet| &facet.selectors).collect();
    let functions = wanted.abi.functions();
    let unserved = functions.filter(|function| !served.contains(&function.selector()));
    let unserved = unserved.map(alloy_json_abi::Function::signature);
    let functions: Vec<String> = unserved.filter(|name| name != NEVER_SERVED).collect();
    if functions.is_empty() {
        return Ok(());
    }
    let path = folder.path.clone();
    Err(BuildError::Unserved { path, functions })
}

fn token(folder: &Folder, notes: &mut Vec<String>) -> Result<Unit, BuildError> {
    if folder.has("RLC") {
        return folder.unit("RLC");
    }
    for place in TOKEN {
        let path = folder.path.join(place);
        if path.is_file() {
            return read::<Compiled>(&path)?.unit("RLC", &path);
        }
    }
    notes.push(
        "the RLC token is emulate's own: rlc-faucet-contract is not installed beside the package"
            .to_owned(),
    );
    Ok(Unit::own(Contract::Rlc, Contract::Rlc.artifact()))
}
