//! What the contracts say: logs to typed events, and refusals to words.
//!
//! The one rule: a log belongs to whoever wrote it; nothing is recognised by its topic alone,
//! but for workerpools, of which there may be any number.

use alloy_primitives::{Address, B256, Log, U256, hex};
use alloy_sol_types::{Panic, Revert as RevertString, SolError, SolEvent, SolEventInterface};

use super::{
    abi::{AppRegistry, IexecHub, RLC, Workerpool},
    deploy::Deployment,
};
use crate::protocol::Revert;

/// Something a contract of the protocol said.
#[derive(Debug, PartialEq, Eq)]
pub enum ContractEvent {
    /// The hub: the protocol's own events, and moves of escrowed money.
    Hub(Box<IexecHub::IexecHubEvents>),
    /// The payment token.
    Rlc(RLC::RLCEvents),
    /// A registry: an entry was made, or changed hands.
    Owner(OwnerChanged),
    /// A workerpool has new terms.
    Policy(PolicyChanged),
}

/// Which of the three registries.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegistryKind {
    /// Applications.
    App,
    /// Datasets.
    Dataset,
    /// Workerpools.
    Workerpool,
}

/// An entry has a new owner.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct OwnerChanged {
    /// In which registry.
    pub registry: RegistryKind,
    /// Which entry.
    pub entry: Address,
    /// Whose it was; nobody's if it is new.
    pub from: Option<Address>,
    /// Whose it is.
    pub to: Address,
}

/// A workerpool has new terms for future deals, in percent.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct PolicyChanged {
    /// Which workerpool says so; a stranger can say so too.
    pub workerpool: Address,
    /// Share of the price a worker stakes.
    pub worker_stake: U256,
    /// Share of the reward the scheduler keeps.
    pub scheduler_reward: U256,
}

/// Returns what a log says, or nothing if no contract of this deployment says it.
pub fn decode(deployment: &Deployment, log: &Log) -> Option<ContractEvent> {
    let of = |registry| owner_changed(registry, log).map(ContractEvent::Owner);
    match log.address {
        hub if hub == deployment.hub => {
            let event = IexecHub::IexecHubEvents::decode_log(log).ok()?;
            Some(ContractEvent::Hub(Box::new(event.data)))
        }
        token if token == deployment.rlc => {
            let event = RLC::RLCEvents::decode_log(log).ok()?;
            Some(ContractEvent::Rlc(event.data))
        }
        apps if apps == deployment.app_registry => of(RegistryKind::App),
        datasets if datasets == deployment.dataset_registry => of(RegistryKind::Dataset),
        pools if pools == deployment.workerpool_registry => of(RegistryKind::Workerpool),
        workerpool => {
            let event = Workerpool::PolicyUpdate::decode_log(log).ok()?;
            Some(ContractEvent::Policy(PolicyChanged {
                workerpool,
                worker_stake: event.newWorkerStakeRatioPolicy,
                scheduler_reward: event.newSchedulerRewardRatioPolicy,
            }))
        }
    }
}

/// The registries share their events, so one of them decodes for all.
fn owner_changed(registry: RegistryKind, log: &Log) -> Option<OwnerChanged> {
    let event = AppRegistry::Transfer::decode_log(log).ok()?;
    Some(OwnerChanged {
        registry,
        entry: Address::from_word(B256::from(event.tokenId)),
        from: (event.from != Address::ZERO).then_some(event.from),
        to: event.to,
    })
}

/// Returns what a refusal says: the reason, the panic's number, or the custom error.
pub fn revert_words(data: &[u8]) -> String {
    if data.is_empty() {
        return Revert::Empty.to_string();
    }
    if let Ok(RevertString { reason }) = RevertString::abi_decode(data) {
        return reason;
    }
    if let Ok(Panic { code }) = Panic::abi_decode(data) {
        return Revert::Panic(code.saturating_to()).to_string();
    }
    if let Ok(IexecHub::IncompatibleDatasetOrder { reason }) =
        IexecHub::IncompatibleDatasetOrder::abi_decode(data)
    {
        return reason;
    }
    let selector = data.first_chunk().copied();
    match selector.and_then(IexecHub::IexecHubErrors::name_by_selector) {
        Some(name) => name.to_owned(),
        None => format!("error {}", hex::encode_prefixed(data)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_put_into_words() {
        let reason = Revert::reason("iExecV5-matchOrders-0x60");
        assert_eq!(revert_words(&reason.data()), "iExecV5-matchOrders-0x60");
        assert_eq!(revert_words(&Revert::Panic(0x11).data()), "panic 0x11");
        assert_eq!(revert_words(&[]), "no reason given");
        let custom = IexecHub::CallerIsNotTheRequester {}.abi_encode();
        assert_eq!(revert_words(&custom), "CallerIsNotTheRequester");
        assert_eq!(revert_words(&[1, 2]), "error 0x0102");
    }
}
