//! Transfers of ether told as if ether were a token: `Transfer` logs between the real ones.
//!
//! Logs are told in the order written, each with its number in the block. What a frame that failed
//! had told is forgotten with it, but not its numbers: as in geth's simulations, they are gaps.

use alloy_primitives::{Address, B256, Log, LogData, U256, address, b256};
use revm::{
    Inspector,
    interpreter::{CallInputs, CallOutcome, CallScheme, CreateInputs, CreateOutcome},
};

/// Who seems to write the logs of transfers: the address ERC-7528 gives ether.
pub const TRANSFER_LOG_ADDRESS: Address = address!("0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");

/// Hash of `Transfer(address,address,uint256)`.
const TRANSFER_TOPIC: B256 =
    b256!("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");

/// A log and its number in the block.
pub(crate) type Numbered = (u64, Log);

/// Listens for logs and transfers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transfers {
    /// Whether transfers are told, or only the logs that contracts write.
    pub(crate) tells_transfers: bool,
    /// Of frames that ended well.
    told: Vec<Numbered>,
    /// Of frames that still run, the innermost last.
    open: Vec<Vec<Numbered>>,
    /// How many were written so far, also by frames that failed.
    written: u64,
}

impl Transfers {
    /// Returns what was told since the last time.
    pub(crate) fn take(&mut self) -> Vec<Numbered> {
        self.open.clear();
        std::mem::take(&mut self.told)
    }

    fn innermost(&mut self) -> &mut Vec<Numbered> {
        match self.open.last_mut() {
            Some(frame) => frame,
            None => &mut self.told,
        }
    }

    fn write(&mut self, log: Log) {
        let number = self.written;
        self.written += 1;
        self.innermost().push((number, log));
    }

    fn tell(&mut self, from: Address, to: Address, value: U256) {
        if self.tells_transfers
            && let Some(log) = transfer(from, to, value)
        {
            self.write(log);
        }
    }

    fn leave(&mut self, kept: bool) {
        if let Some(frame) = self.open.pop()
            && kept
        {
            self.innermost().extend(frame);
        }
    }
}

/// Returns the log of a transfer, none if nothing moves.
fn transfer(from: Address, to: Address, value: U256) -> Option<Log> {
    if value.is_zero() {
        return None;
    }
    let topics = vec![TRANSFER_TOPIC, from.into_word(), to.into_word()];
    Some(Log {
        address: TRANSFER_LOG_ADDRESS,
        data: LogData::new_unchecked(topics, value.to_be_bytes::<32>().into()),
    })
}

impl<CTX> Inspector<CTX> for Transfers {
    fn log(&mut self, _: &mut CTX, log: Log) {
        self.write(log);
    }

    fn call(&mut self, _: &mut CTX, inputs: &mut CallInputs) -> Option<CallOutcome> {
        self.open.push(Vec::new());
        let value = inputs.transfer_value().unwrap_or_default();
        // CALLCODE names a value, but only lends code: its caller would pay itself.
        if inputs.scheme != CallScheme::CallCode {
            self.tell(inputs.transfer_from(), inputs.transfer_to(), value);
        }
        None
    }

    fn call_end(&mut self, _: &mut CTX, _: &CallInputs, outcome: &mut CallOutcome) {
        self.leave(outcome.result.is_ok());
    }

    fn create(&mut self, _: &mut CTX, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        self.open.push(Vec::new());
        // Where to is known when the contract is there.
        self.tell(inputs.caller(), Address::ZERO, inputs.value());
        None
    }

    fn create_end(&mut self, _: &mut CTX, inputs: &CreateInputs, outcome: &mut CreateOutcome) {
        // A creator whose nonce cannot grow any more fails without an error.
        let created = outcome.address.filter(|_| outcome.result.is_ok());
        if self.tells_transfers
            && let Some(created) = created
            && let Some((_, first)) = self.open.last_mut().and_then(|frame| frame.first_mut())
            && let Some(log) = transfer(inputs.caller(), created, inputs.value())
        {
            *first = log;
        }
        self.leave(created.is_some());
    }

    fn selfdestruct(&mut self, contract: Address, target: Address, value: U256) {
        self.tell(contract, target, value);
    }
}
