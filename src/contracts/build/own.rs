//! Contracts in the layout of this program's own: a hub and five facets that take the numbers of
//! the protocol. Rule: the order of the facets never changes, for addresses follow from it.

use super::{Build, BuildError, FALLBACK, Facet, RECEIVE, Shape, Unit};
use crate::contracts::artifact::{Artifact, Contract};

/// Facets in the order they are deployed.
const FACETS: [Contract; 5] = [
    Contract::AdministrationFacet,
    Contract::EscrowFacet,
    Contract::OrdersFacet,
    Contract::TasksFacet,
    Contract::ViewsFacet,
];

/// Puts a build together from artifacts, which `read` fetches.
pub(super) fn build(
    name: String,
    read: &dyn Fn(Contract) -> Result<Artifact, BuildError>,
) -> Result<Build, BuildError> {
    let unit = |contract| Ok::<_, BuildError>(Unit::own(contract, &read(contract)?));
    let mut facets = Vec::new();
    for contract in FACETS {
        let artifact = read(contract)?;
        let mut selectors = artifact.selectors.clone();
        if contract == Contract::EscrowFacet {
            selectors.extend([RECEIVE, FALLBACK]);
        }
        facets.push(Facet {
            unit: Unit::own(contract, &artifact),
            selectors,
            is_parameterised: !matches!(
                contract,
                Contract::AdministrationFacet | Contract::EscrowFacet
            ),
        });
    }
    Ok(Build {
        name,
        version: None,
        notes: Vec::new(),
        token: unit(Contract::Rlc)?,
        libraries: Vec::new(),
        facets,
        hub: unit(Contract::Hub)?,
        shape: Shape::Own,
        registries: [
            unit(Contract::AppRegistry)?,
            unit(Contract::DatasetRegistry)?,
            unit(Contract::WorkerpoolRegistry)?,
        ],
    })
}
