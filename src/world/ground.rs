//! Chains with the contracts on them and nothing else, made once for worlds that begin alike.
//!
//! Rule: a world that begins on such a chain is the same, to the byte, as one that makes its own.

use std::{fmt, sync::Arc};

use parking_lot::Mutex;

use super::{Cast, SetupError};
use crate::{
    chain::{BaseFee, Chain, Config},
    contracts::{self, Build, Deployment},
    protocol::Rules,
};

/// Gas of a block: room for everything a block's time brings.
const BLOCK_GAS: u64 = 1_000_000_000_000;

/// How many chains are kept: as many kinds of contracts as a sweep varies, in all likelihood.
const KEPT: usize = 8;

/// Chains that casts have begun on. Clones share them.
#[derive(Clone, Default)]
pub struct Ground {
    made: Arc<Mutex<Vec<Made>>>,
}

/// A chain, and everything it depends on.
struct Made {
    start: u64,
    rules: Rules,
    contracts: Arc<Build>,
    chain: Chain,
    deployment: Deployment,
}

impl Made {
    fn fits(&self, cast: &Cast) -> bool {
        let (ours, theirs) = (&self.contracts, &cast.protocol_contracts);
        self.start == cast.time.start
            && self.rules == cast.rules
            && (Arc::ptr_eq(ours, theirs) || ours == theirs)
    }
}

impl Ground {
    /// Returns the chain a cast begins on.
    pub(super) fn of(&self, cast: &Cast) -> Result<(Chain, Deployment), SetupError> {
        let known = |made: &Made| (made.chain.clone(), made.deployment.clone());
        let found = self
            .made
            .lock()
            .iter()
            .find(|made| made.fits(cast))
            .map(known);
        if let Some(found) = found {
            return Ok(found);
        }
        // Not under the lock: others may need a chain that is there already.
        let (chain, deployment) = make(cast)?;
        let mut made = self.made.lock();
        if made.len() >= KEPT {
            made.remove(0);
        }
        made.push(Made {
            start: cast.time.start,
            rules: cast.rules.clone(),
            contracts: Arc::clone(&cast.protocol_contracts),
            chain: chain.clone(),
            deployment: deployment.clone(),
        });
        Ok((chain, deployment))
    }
}

fn make(cast: &Cast) -> Result<(Chain, Deployment), SetupError> {
    let config = Config {
        gas_limit: BLOCK_GAS,
        base_fee: BaseFee::Fixed(0),
        genesis_timestamp: cast.time.start,
        ..Config::default()
    };
    let mut chain = Chain::new(&config)?;
    let start = cast.time.start;
    let deployment =
        contracts::deploy_build(&mut chain, &cast.protocol_contracts, &cast.rules, start)?;
    Ok((chain, deployment))
}

impl fmt::Debug for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = self.made.lock().len();
        f.debug_struct("Ground").field("made", &made).finish()
    }
}
