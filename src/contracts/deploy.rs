//! Puts the contracts on a chain, by ordinary transactions of its first development account.
//!
//! The one rule: the order of the transactions never changes. On a fresh chain the token is the
//! account's first contract and the hub its seventh, so both stand where every client of the
//! development mnemonic expects them.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope, transaction::Recovered};
use alloy_primitives::{Address, B256, Bytes, TxHash, TxKind, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};

use super::{
    abi::{AppRegistry, IexecHub},
    artifact::Contract,
    build::{Build, Facet, Shape, Unit},
    call,
    decode::revert_words,
    hub::{Hub, ReadError, read},
    registry::RegistryEntry,
};
use crate::{
    chain::{Chain, Failure, SubmitError},
    protocol::{Account, Category, Rules},
};

mod storage;

/// Most gas of a transaction that creates a contract; the largest takes half of it.
const CREATION_GAS: u64 = 6_000_000;

/// Most gas of any other transaction; the largest takes a third of it.
const CALL_GAS: u64 = 1_000_000;

/// The action of a cut that adds selectors.
const ADD: u8 = 0;

/// What the tokens of the registries are called in their addresses, in the order of deployment.
const REGISTRIES: [&str; 3] = ["app", "dataset", "workerpool"];

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
    /// The hash of the code by which a registry creates an entry.
    pub entry_code: B256,
    /// Where the hub keeps the scores of workers: the slot of a map by address.
    pub scores_slot: U256,
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
    /// The contracts do not answer.
    #[error(transparent)]
    Read(Box<ReadError>),
    /// The contracts have other numbers than are asked for.
    #[error(
        "the contracts of {build} have {number} {found}, {wanted} is asked for; only the built-in contracts can be made with other numbers"
    )]
    OtherRules {
        /// Which build.
        build: String,
        /// Which number.
        number: &'static str,
        /// What the contracts say.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// The hub keeps scores where nobody looks for them.
    #[error(
        "the hub of {build} keeps the scores of workers at none of the places known of PoCo hubs"
    )]
    Scores {
        /// Which build.
        build: String,
    },
}

impl From<ReadError> for DeployError {
    fn from(error: ReadError) -> Self {
        Self::Read(Box::new(error))
    }
}

/// One transaction of the deployment.
struct Step {
    what: String,
    to: TxKind,
    input: Bytes,
}

impl Step {
    fn create(unit: &Unit, libraries: &[(&str, Address)], arguments: &[u8]) -> Self {
        let mut code = unit.code.to_vec();
        for (library, start) in &unit.links {
            let linked = libraries.iter().find(|(name, _)| name == library);
            let linked = linked.map(|(_, address)| *address).unwrap_or_default();
            code[*start..*start + 20].copy_from_slice(linked.as_slice());
        }
        code.extend_from_slice(arguments);
        Self {
            what: format!("creates {}", unit.name),
            to: TxKind::Create,
            input: code.into(),
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
    /// Returns where the built-in contracts will stand if `owner`, whose next nonce this is, deploys
    /// them.
    pub fn planned(owner: Address, nonce: u64, rules: Rules) -> Self {
        Self::of(&Build::built_in(), owner, nonce, rules)
    }

    fn of(build: &Build, owner: Address, nonce: u64, rules: Rules) -> Self {
        let hub = nonce + build.before_hub();
        Self {
            rlc: owner.create(nonce),
            hub: owner.create(hub),
            app_registry: owner.create(hub + 1),
            dataset_registry: owner.create(hub + 2),
            workerpool_registry: owner.create(hub + 3),
            owner,
            rules,
            entry_code: keccak256(&Contract::EntryProxy.artifact().bytecode),
            scores_slot: storage::BASE + U256::from(storage::SCORES_OF_BUILT_IN),
        }
    }

    /// Returns where an entry stands once `registry`, one of this deployment, holds it for `owner`.
    pub fn entry(&self, entry: &impl RegistryEntry, registry: Address, owner: Address) -> Address {
        entry.address_by(self.entry_code, registry, owner)
    }

    /// Returns the slot of the hub that holds a worker's score.
    pub fn score_slot(&self, worker: Address) -> U256 {
        storage::of_key(self.scores_slot, worker)
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

/// Puts the built-in contracts on a chain whose rules are `rules`, in blocks of time `at`.
///
/// The first development account sends the transactions and owns everything afterwards. It takes
/// one block if blocks hold thirty million gas.
///
/// # Errors
///
/// [`DeployError`] says which transaction did not do what it was for.
pub fn deploy(chain: &mut Chain, rules: &Rules, at: u64) -> Result<Deployment, DeployError> {
    deploy_build(chain, &Build::built_in(), rules, at)
}

/// Puts a build of the contracts on a chain, as [`deploy`] does.
///
/// # Errors
///
/// [`DeployError`] says which transaction did not do what it was for, or which of the `rules` the
/// build does not have.
pub fn deploy_build(
    chain: &mut Chain,
    build: &Build,
    rules: &Rules,
    at: u64,
) -> Result<Deployment, DeployError> {
    let signer = chain.signers().first().ok_or(DeployError::NoAccount)?;
    let deployer = Account::from_private_key("deployer", signer.to_bytes());
    let deployer = deployer.ok_or(DeployError::NoAccount)?;
    let nonce = chain.next_nonce(deployer.address());
    let mut deployment = Deployment::of(build, deployer.address(), nonce, rules.clone());
    let mut sent = Vec::new();
    for (nonce, step) in (nonce..).zip(steps(chain, build, &deployment, nonce)) {
        let hash = send(chain, &deployer, nonce, &step)?;
        sent.push((hash, step.what));
    }
    settle(chain, sent, at)?;
    if !build.takes_rules() {
        learn(chain, build, &mut deployment)?;
    }
    Ok(deployment)
}

/// Finds out what a build is like that somebody else made, and that its numbers are those wanted.
fn learn(chain: &mut Chain, build: &Build, deployment: &mut Deployment) -> Result<(), DeployError> {
    storage::check_rules(chain, build, deployment)?;
    let code = AppRegistry::proxyCodeHashCall {};
    deployment.entry_code = read(chain, deployment.app_registry, &code)?;
    let slot = storage::find_scores(chain, deployment.hub)?;
    deployment.scores_slot = slot.ok_or_else(|| DeployError::Scores {
        build: build.name.clone(),
    })?;
    Ok(())
}

/// Everything that has to be done, in order.
fn steps(chain: &Chain, build: &Build, deployment: &Deployment, nonce: u64) -> Vec<Step> {
    let owner = deployment.owner;
    let libraries: Vec<(&str, Address)> = (nonce + 1..)
        .zip(&build.libraries)
        .map(|(nonce, library)| (library.name.as_str(), owner.create(nonce)))
        .collect();
    let create = |unit, arguments: &[u8]| Step::create(unit, &libraries, arguments);
    let mut steps = vec![create(&build.token, &[])];
    steps.extend(build.libraries.iter().map(|library| create(library, &[])));
    let parameters = parameters(&deployment.rules);
    for facet in &build.facets {
        let arguments = if facet.is_parameterised {
            parameters.as_slice()
        } else {
            &[]
        };
        steps.push(create(&facet.unit, arguments));
    }
    let cuts = cuts(build, owner, nonce + 1 + libraries.len() as u64);
    let arguments = match build.shape {
        Shape::Own => (owner, cuts).abi_encode_params(),
        Shape::Diamond => (cuts, (owner, Address::ZERO, Bytes::new())).abi_encode_params(),
    };
    steps.push(create(&build.hub, &arguments));
    steps.extend(
        build
            .registries
            .iter()
            .map(|registry| create(registry, &[])),
    );
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
    for (name, registry) in REGISTRIES.into_iter().zip(deployment.registries()) {
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
fn cuts(build: &Build, owner: Address, first_nonce: u64) -> Vec<IexecHub::FacetCut> {
    let cut = |(nonce, facet): (u64, &Facet)| IexecHub::FacetCut {
        facetAddress: owner.create(nonce),
        action: ADD,
        functionSelectors: facet.selectors.clone(),
    };
    (first_nonce..).zip(&build.facets).map(cut).collect()
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
