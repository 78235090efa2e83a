//! What a dapp brings: accounts that can send, and contracts. Contracts are deployed last, so that
//! everything else has an address they may be given.

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::{Address, TxKind, U256};
use alloy_signer_local::PrivateKeySigner;

use super::{Cast, SetupError, World};
use crate::{
    log::Event,
    protocol::{Account, Name},
    world::cast::{Argument, ContractCast, ContractRef, Fault, Verb},
};

/// Wei of every account: ten thousand ether, as development accounts have.
const ETHER: u128 = 10_000 * 10_u128.pow(18);

impl World {
    /// Lets accounts send transactions of their own: the chain signs for them, and they have ether.
    pub(super) fn equip(&mut self, cast: &Cast) {
        for cast in &cast.accounts {
            let account = self.directory.account(&cast.name.of_kind("account"));
            let key = account.map(Account::private_key);
            let signer = key.and_then(|key| PrivateKeySigner::from_bytes(&key).ok());
            let Some(signer) = signer else {
                continue;
            };
            let plenty = self.chain.balance(signer.address()).max(U256::from(ETHER));
            self.chain
                .set_balance(signer.address(), cast.wei.unwrap_or(plenty));
            self.chain.add_signer(signer);
        }
    }

    /// Gives ether to everybody else where gas will cost something.
    pub(super) fn equip_for_dear_gas(&mut self, cast: &Cast) {
        let is_dear = |fault: &Fault| matches!(fault.verb, Verb::GasPrice(_));
        if !cast.timeline.iter().any(is_dear) {
            return;
        }
        let own = cast.pools.iter().filter(|pool| pool.owner.is_none());
        let pools = own.map(|pool| pool.account());
        let workers = cast.workers.iter();
        let workers = workers.map(|worker| worker.name.of_kind("worker"));
        for name in pools.chain(workers) {
            if let Some(address) = self.directory.address(&name) {
                self.chain.set_balance(address, U256::from(ETHER));
            }
        }
    }

    /// Deploys the contracts of the cast, in their order: later ones may refer to earlier ones.
    pub(super) fn deploy_contracts(&mut self, cast: &Cast) -> Result<(), SetupError> {
        for contract in &cast.contracts {
            let name = contract.name.of_kind("contract");
            if self.directory.address(&name).is_some() {
                return Err(SetupError::DuplicateName(name));
            }
            let by = self.directory.account(&contract.by).cloned();
            let by = by.ok_or_else(|| SetupError::UnknownName {
                who: name.clone(),
                name: contract.by.clone(),
            })?;
            let mut code = contract.code.to_vec();
            code.extend(self.arguments(contract, &name)?);
            let address = by.address().create(self.chain.next_nonce(by.address()));
            let deployment = vec![(by, TxKind::Create, code.into())];
            self.prepare_signed(deployment, &format!("deploying {name}"))?;
            self.directory.add_entry(name, address);
            let deployed = Event::ContractDeployed {
                contract: contract.name.clone(),
                address,
                by: contract.by.clone(),
            };
            self.append(None, deployed);
        }
        Ok(())
    }

    /// What a constructor is given, as its ABI wants it.
    fn arguments(&self, contract: &ContractCast, name: &Name) -> Result<Vec<u8>, SetupError> {
        let mut values = Vec::new();
        for argument in &contract.args {
            values.push(match argument {
                Argument::Value(value) => value.clone(),
                Argument::AddressOf(other) => {
                    let address = self.part(other).or_else(|| self.directory.address(other));
                    let unknown = || SetupError::UnknownName {
                        who: name.clone(),
                        name: other.clone(),
                    };
                    DynSolValue::Address(address.ok_or_else(unknown)?)
                }
            });
        }
        Ok(DynSolValue::Tuple(values).abi_encode_params())
    }

    /// The address of a part of the protocol.
    fn part(&self, name: &Name) -> Option<Address> {
        let deployment = &self.deployment;
        Some(match name.as_str() {
            "protocol.hub" => deployment.hub,
            "protocol.rlc" => deployment.rlc,
            "protocol.app_registry" => deployment.app_registry,
            "protocol.dataset_registry" => deployment.dataset_registry,
            "protocol.workerpool_registry" => deployment.workerpool_registry,
            _ => return None,
        })
    }

    /// Returns where a contract is; none when the cast has none of its name.
    pub(in crate::world) fn contract_at(&self, contract: &ContractRef) -> Option<Address> {
        match contract {
            ContractRef::At(address) => Some(*address),
            ContractRef::Named(name) => self.directory.address(&name.of_kind("contract")),
        }
    }
}
