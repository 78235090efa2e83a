//! Which blocks a simulation makes: those asked for, and empty ones in the gaps between them.

use alloy_consensus::Header;
use alloy_primitives::U256;
use alloy_rpc_types::simulate::MAX_SIMULATE_BLOCKS;

use super::{BlockRequest, error::SimulationError};

/// Seconds between blocks nobody gave a time, unless the chain has a pace of its own.
const INTERVAL: u64 = 12;

/// A block to make.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) number: u64,
    /// Unix seconds.
    pub(super) time: u64,
    pub(super) asked: BlockRequest,
}

/// Gives every block its number and its time, and fills the gaps.
pub(super) fn plan(
    base: &Header,
    asked: Vec<BlockRequest>,
    spacing: Option<u64>,
) -> Result<Vec<Planned>, SimulationError> {
    let max = MAX_SIMULATE_BLOCKS;
    let spacing = spacing.unwrap_or(INTERVAL).max(1);
    if asked.is_empty() {
        return Err(SimulationError::Empty);
    }
    let (mut parent, mut time) = (base.number, base.timestamp);
    let mut planned = Vec::new();
    for asked in asked {
        let overrides = asked.block.block_overrides.as_ref();
        let wanted = overrides.and_then(|overrides| overrides.number);
        let wanted = wanted.unwrap_or(U256::from(parent) + U256::from(1));
        if wanted <= U256::from(parent) {
            let number = wanted;
            return Err(SimulationError::NumberOrder { number, parent });
        }
        if wanted - U256::from(base.number) > U256::from(max) {
            return Err(SimulationError::TooManyBlocks { max });
        }
        let number = wanted.saturating_to::<u64>();
        for gap in parent + 1..number {
            time = time.saturating_add(spacing);
            planned.push(Planned {
                number: gap,
                time,
                asked: BlockRequest::default(),
            });
        }
        let earliest = time;
        time = match overrides.and_then(|overrides| overrides.time) {
            None => time.saturating_add(spacing),
            Some(time) => time,
        };
        if time <= earliest {
            let parent = earliest;
            return Err(SimulationError::TimeOrder { time, parent });
        }
        parent = number;
        planned.push(Planned {
            number,
            time,
            asked,
        });
    }
    Ok(planned)
}
