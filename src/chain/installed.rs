//! The precompiles of one execution: the fork's, as suppositions about accounts displace them.
//! Rules of geth: whoever supposes anything of a precompile's account takes the precompile away,
//! and what is warm from the start is where the fork has precompiles, whatever was moved.

use alloy_evm::precompiles::PrecompilesMap;
use alloy_primitives::{Address, map::AddressSet};
use alloy_rpc_types::state::StateOverride;
use revm::{
    context_interface::{Cfg, ContextTr},
    handler::PrecompileProvider,
    interpreter::{CallInputs, InterpreterResult},
    precompile::{PrecompileSpecId, Precompiles},
    primitives::hardfork::SpecId,
};

/// The precompiles a machine has.
pub(crate) struct Installed {
    /// What is executed.
    pub(super) map: PrecompilesMap,
    /// What is warm.
    warm: &'static AddressSet,
}

impl Installed {
    /// Those of a fork.
    pub(super) fn of(spec: SpecId) -> Self {
        let precompiles = Precompiles::new(PrecompileSpecId::from_spec_id(spec));
        Self {
            map: PrecompilesMap::from_static(precompiles),
            warm: precompiles.addresses_set(),
        }
    }
}

impl<CTX: ContextTr> PrecompileProvider<CTX> for Installed
where
    PrecompilesMap: PrecompileProvider<CTX, Output = InterpreterResult>,
{
    type Output = InterpreterResult;

    fn set_spec(&mut self, spec: <CTX::Cfg as Cfg>::Spec) -> bool {
        PrecompileProvider::<CTX>::set_spec(&mut self.map, spec)
    }

    fn run(
        &mut self,
        context: &mut CTX,
        inputs: &CallInputs,
    ) -> Result<Option<Self::Output>, String> {
        self.map.run(context, inputs)
    }

    fn warm_addresses(&self) -> &AddressSet {
        self.warm
    }

    fn contains(&self, address: &Address) -> bool {
        PrecompileProvider::<CTX>::contains(&self.map, address)
    }
}

/// Why precompiles cannot be displaced as supposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisplaceError {
    /// An account to move as a precompile is none.
    #[error("account {0} is not a precompile")]
    NotAPrecompile(Address),
    /// A precompile is moved to where it is.
    #[error("account {0} is moved to itself")]
    MovedToItself(Address),
    /// A precompile is moved to an account that is itself overridden.
    #[error("account {0} is already overridden")]
    MovedToOverridden(Address),
}

/// What suppositions about accounts mean for precompiles.
#[derive(Clone, Debug, Default)]
pub(super) struct Displaced {
    /// From where to where, in the order of addresses.
    moved: Vec<(Address, Address)>,
    /// Of whom anything is supposed.
    supposed: Vec<Address>,
}

impl Displaced {
    /// Returns what these suppositions mean.
    ///
    /// # Errors
    ///
    /// If one is moved to an account that is overridden.
    pub(super) fn by(overrides: &StateOverride) -> Result<Self, DisplaceError> {
        let mut supposed: Vec<Address> = overrides.keys().copied().collect();
        supposed.sort_unstable();
        let mut moved = Vec::new();
        for from in &supposed {
            let Some(to) = overrides[from].move_precompile_to else {
                continue;
            };
            if *from != to && overrides.contains_key(&to) {
                return Err(DisplaceError::MovedToOverridden(to));
            }
            moved.push((*from, to));
        }
        Ok(Self { moved, supposed })
    }

    /// Moves precompiles and takes away those of whom something is supposed.
    ///
    /// # Errors
    ///
    /// If one to move is none, or is moved to where it is.
    pub(super) fn displace(&self, installed: &mut Installed) -> Result<(), DisplaceError> {
        let precompiles = &mut installed.map;
        for (from, to) in &self.moved {
            if precompiles.get(from).is_none() {
                return Err(DisplaceError::NotAPrecompile(*from));
            }
            if from == to {
                return Err(DisplaceError::MovedToItself(*from));
            }
        }
        for address in &self.supposed {
            let mut taken = None;
            if precompiles.get(address).is_some() {
                precompiles.apply_precompile(address, |precompile| {
                    taken = precompile;
                    None
                });
            }
            let to = self.moved.iter().find(|(from, _)| from == address);
            if let (Some((_, to)), Some(precompile)) = (to, taken) {
                precompiles.apply_precompile(to, |_| Some(precompile));
            }
        }
        Ok(())
    }
}
