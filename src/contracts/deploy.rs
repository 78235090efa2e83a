//! Puts the contracts on a chain, by ordinary transactions of its first development account.
//!
//! The one rule: the order of the transactions never changes. On a fresh chain the token is the
//! account's first contract and the hub its seventh, so both stand where every client of the
//! development mnemonic expects them.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope, transaction::Recovered};
use alloy_primitives::{Address, Bytes, FixedBytes, TxHash, TxKind, U256, fixed_bytes};
use alloy_sol_types::{SolCall, SolValue};

use super::{
    abi::{AppRegistry, IexecHub},
    artifact::Contract,
    call,
    decode::revert_words,
    hub::Hub,
};
use crate::{
    chain::{Chain, Failure, SubmitError},
    protocol::{Account, Category, Rules},
};

/// Most gas of a transaction that creates a contract; the largest takes half of it.
const CREATION_GAS: u64 = 6_000_000;

/// Most gas of any other transaction; the largest takes a third of it.
const CALL_GAS: u64 = 1_000_000;

/// Selectors no function has: they name the facet of unknown calls and that of plain ether.
const FALLBACK: FixedBytes<4> = fixed_bytes!("ffffffff");
const RECEIVE: FixedBytes<4> = FixedBytes::ZERO;

/// The action of a cut that adds selectors.
const ADD: u8 = 0;

/// Facets in the order they are deployed.
const FACETS: [Contract; 5] = [
    Contract::AdministrationFacet,
    Contract::EscrowFacet,
    Contract::OrdersFacet,
    Contract::TasksFacet,
    Contract::ViewsFacet,
];

/// Registries in the order they are deployed, with what their tokens' addresses end in.
const REGISTRIES: [(Contract, &str); 3] = [
    (Contract::AppRegistry, "app"),
    (Contract::DatasetRegistry, "dataset"),
    (Contract::WorkerpoolRegistry, "workerpool"),
];

/// Where the contracts stand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Deployment {
    /// The hub: one address for the whole protocol.
    pub hub: Address,
    /// The payment token.
    pub rlc: Address,
    /// The registry of applications.
    pub app_registry: Address,
    /// The registry of datasets.
    pub dataset_registry: Address,
    /// The registry of workerpools.
    pub workerpool_registry: Address,
    /// Who owns hub and registries and has all RLC.
    pub owner: Address,
    /// The numbers the contracts were made with.
    pub rules: Rules,
}

/// Why the contracts cannot be put on a chain.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// Nobody can send the transactions.
    #[error("the chain has no development account to deploy from; it takes one at least")]
    NoAccount,
    /// The chain does not take a transaction.
    #[error("cannot send the transaction that {step}: {source}")]
    Submit {
        /// What the transaction is for.
        step: String,
        /// Why not.
        source: SubmitError,
    },
    /// A transaction failed.
    #[error("the transaction that {step} failed: {reason}")]
    Failed {
        /// What the transaction is for.
        step: String,
        /// Why.
        reason: String,
    },
    /// A transaction is in no block.
    #[error("the transaction that {step} fits in no block")]
    NotMined {
        /// What the transaction is for.
        step: String,
    },
}

/// One transaction of the deployment.
struct Step {
    what: String,
    to: TxKind,
    input: Bytes,
}

impl Step {
    fn create(contract: Contract, arguments: &[u8]) -> Self {
        let code = &contract.artifact().bytecode;
        Self {
            what: format!("creates {contract:?}"),
            to: TxKind::Create,
            input: [code.as_ref(), arguments].concat().into(),
        }
    }

    fn call(to: Address, what: impl Into<String>, input: impl Into<Bytes>) -> Self {
        Self {
            what: what.into(),
            to: TxKind::Call(to),
            input: input.into(),
        }
    }
}

impl Deployment {
    /// Returns where the contracts will stand if `owner`, whose next nonce this is, deploys them.
    pub fn planned(owner: Address, nonce: u64, rules: Rules) -> Self {
        let hub = nonce + 1 + FACETS.len() as u64;
        Self {
            rlc: owner.create(nonce),
            hub: owner.create(hub),
            app_registry: owner.create(hub + 1),
            dataset_registry: owner.create(hub + 2),
            workerpool_registry: owner.create(hub + 3),
            owner,
            rules,
        }
    }

    /// Returns the hub, to be read.
    pub fn hub(&self) -> Hub {
        Hub { address: self.hub }
    }

    fn registries(&self) -> [Address; 3] {
        [
            self.app_registry,
            self.dataset_registry,
            self.workerpool_registry,
        ]
    }
}

/// Puts the contracts on a chain whose rules are `rules`, in blocks of time `at`.
///
/// The first development account sends the transactions and owns everything afterwards. It takes
/// one block if blocks hold thirty million gas.
///
/// # Errors
///
/// [`DeployError`] says which transaction did not do what it was for.
pub fn deploy(chain: &mut Chain, rules: &Rules, at: u64) -> Result<Deployment, DeployError> {
    let signer = chain.signers().first().ok_or(DeployError::NoAccount)?;
    let deployer = Account::from_private_key("deployer", signer.to_bytes());
    let deployer = deployer.ok_or(DeployError::NoAccount)?;
    let nonce = chain.next_nonce(deployer.address());
    let deployment = Deployment::planned(deployer.address(), nonce, rules.clone());
    let mut sent = Vec::new();
    for (nonce, step) in (nonce..).zip(steps(chain, &deployment, nonce)) {
        let hash = send(chain, &deployer, nonce, &step)?;
        sent.push((hash, step.what));
    }
    settle(chain, sent, at)?;
    Ok(deployment)
}

/// Everything that has to be done, in order.
fn steps(chain: &Chain, deployment: &Deployment, nonce: u64) -> Vec<Step> {
    let parameters = parameters(&deployment.rules);
    let mut steps = vec![Step::create(Contract::Rlc, &[])];
    for facet in FACETS {
        let has_parameters =
            !matches!(facet, Contract::AdministrationFacet | Contract::EscrowFacet);
        let arguments = if has_parameters {
            parameters.as_slice()
        } else {
            &[]
        };
        steps.push(Step::create(facet, arguments));
    }
    let arguments = (deployment.owner, cuts(deployment.owner, nonce + 1)).abi_encode_params();
    steps.push(Step::create(Contract::Hub, &arguments));
    steps.extend(REGISTRIES.map(|(registry, _)| Step::create(registry, &[])));
    steps.push(Step::call(
        deployment.hub,
        "configures the hub",
        configuration(deployment),
    ));
    for category in Category::defaults() {
        let what = format!("adds category {}", category.name);
        steps.push(Step::call(
            deployment.hub,
            what,
            call::create_category(&category),
        ));
    }
    for ((_, name), registry) in REGISTRIES.into_iter().zip(deployment.registries()) {
        let previous = Address::ZERO;
        let initialize = AppRegistry::initializeCall {
            previousRegistry: previous,
        };
        let what = format!("settles the {name} registry");
        steps.push(Step::call(registry, what, initialize.abi_encode()));
        let uri = format!("https://nfts-metadata.iex.ec/{name}/{}/", chain.chain_id());
        let base_uri = AppRegistry::setBaseURICall { newBaseURI: uri };
        let what = format!("names the {name} registry's tokens");
        steps.push(Step::call(registry, what, base_uri.abi_encode()));
    }
    steps
}

/// The constructor's argument of the facets that know the protocol's numbers.
fn parameters(rules: &Rules) -> Vec<u8> {
    let deadlines = (
        U256::from(rules.contribution_deadline_ratio),
        U256::from(rules.reveal_deadline_ratio),
        U256::from(rules.final_deadline_ratio),
    );
    let money = (
        U256::from(rules.workerpool_stake_ratio),
        U256::from(rules.kitty_ratio),
        rules.kitty_min,
        rules.kitty_address,
        rules.dataset_tag_ignored.0,
    );
    [deadlines.abi_encode(), money.abi_encode()].concat()
}

/// The hub's first facets: which contract serves which selectors.
fn cuts(owner: Address, first_nonce: u64) -> Vec<IexecHub::FacetCut> {
    let cut = |(nonce, facet): (u64, Contract)| {
        let mut selectors = facet.artifact().selectors.clone();
        if facet == Contract::EscrowFacet {
            selectors.extend([RECEIVE, FALLBACK]);
        }
        IexecHub::FacetCut {
            facetAddress: owner.create(nonce),
            action: ADD,
            functionSelectors: selectors,
        }
    };
    (first_nonce..).zip(FACETS).map(cut).collect()
}

fn configuration(deployment: &Deployment) -> Vec<u8> {
    IexecHub::configureCall {
        token: deployment.rlc,
        name: "Staked RLC".to_owned(),
        symbol: "SRLC".to_owned(),
        decimals: 9,
        appregistry: deployment.app_registry,
        datasetregistry: deployment.dataset_registry,
        workerpoolregistry: deployment.workerpool_registry,
        v3Hub: Address::ZERO,
    }
    .abi_encode()
}

/// Signs and submits one step.
fn send(
    chain: &mut Chain,
    deployer: &Account,
    nonce: u64,
    step: &Step,
) -> Result<TxHash, DeployError> {
    let gas_limit = if step.to.is_create() {
        CREATION_GAS
    } else {
        CALL_GAS
    };
    let transaction = TxEip1559 {
        chain_id: chain.chain_id(),
        nonce,
        gas_limit: gas_limit.min(chain.gas_limit()),
        // Full blocks raise the base fee; this lasts for five of them.
        max_fee_per_gas: u128::from(chain.next_base_fee()) * 2,
        max_priority_fee_per_gas: 0,
        to: step.to,
        value: U256::ZERO,
        access_list: Default::default(),
        input: step.input.clone(),
    };
    let signature = deployer.sign_hash(&transaction.signature_hash());
    let envelope = TxEnvelope::from(transaction.into_signed(signature));
    let transaction = Recovered::new_unchecked(envelope, deployer.address());
    chain
        .submit(transaction)
        .map_err(|source| DeployError::Submit {
            step: step.what.clone(),
            source,
        })
}

/// Mines until every transaction is in a block, and makes sure that each did its work.
fn settle(chain: &mut Chain, sent: Vec<(TxHash, String)>, at: u64) -> Result<(), DeployError> {
    for (hash, step) in sent {
        while chain.receipt(&hash).is_none() {
            let block = chain.mine(at);
            if block.transactions.is_empty() {
                return Err(DeployError::NotMined { step });
            }
        }
        let receipt = chain.receipt(&hash);
        match receipt.and_then(|receipt| receipt.outcome().failure.clone()) {
            None => {}
            Some(Failure::Revert(data)) => {
                let reason = revert_words(&data);
                return Err(DeployError::Failed { step, reason });
            }
            Some(Failure::Halt(reason)) => {
                let reason = format!("{reason:?}");
                return Err(DeployError::Failed { step, reason });
            }
        }
    }
    Ok(())
}
