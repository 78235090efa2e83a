//! Transfers of ether told as if ether were a token: `Transfer` logs between the real ones.
//!
//! Logs are told in the order written; what a frame that failed had told is forgotten with it.

use alloy_primitives::{Address, B256, Log, LogData, U256, address, b256};
use revm::{
    Inspector,
    interpreter::{CallInputs, CallOutcome, CreateInputs, CreateOutcome},
};

/// Who seems to write the logs of transfers: the address ERC-7528 gives ether.
pub const TRANSFER_LOG_ADDRESS: Address = address!("0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");

/// Hash of `Transfer(address,address,uint256)`.
const TRANSFER_TOPIC: B256 =
    b256!("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");

/// Listens for logs and transfers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transfers {
    /// Of frames that ended well.
    told: Vec<Log>,
    /// Of frames that still run, the innermost last.
    open: Vec<Vec<Log>>,
}

impl Transfers {
    /// Returns what was told since the last time.
    pub(crate) fn take(&mut self) -> Vec<Log> {
        self.open.clear();
        std::mem::take(&mut self.told)
    }

    fn innermost(&mut self) -> &mut Vec<Log> {
        match self.open.last_mut() {
            Some(frame) => frame,
            None => &mut self.told,
        }
    }

    fn enter(&mut self, first: Option<Log>) {
        self.open.push(first.into_iter().collect());
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
        self.innermost().push(log);
    }

    fn call(&mut self, _: &mut CTX, inputs: &mut CallInputs) -> Option<CallOutcome> {
        let value = inputs.transfer_value().unwrap_or_default();
        self.enter(transfer(
            inputs.transfer_from(),
            inputs.transfer_to(),
            value,
        ));
        None
    }

    fn call_end(&mut self, _: &mut CTX, _: &CallInputs, outcome: &mut CallOutcome) {
        self.leave(outcome.result.is_ok());
    }

    fn create(&mut self, _: &mut CTX, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        // Where to is known when the contract is there.
        self.enter(transfer(inputs.caller(), Address::ZERO, inputs.value()));
        None
    }

    fn create_end(&mut self, _: &mut CTX, inputs: &CreateInputs, outcome: &mut CreateOutcome) {
        let created = outcome.address.unwrap_or_default();
        if let Some(first) = self.open.last_mut().and_then(|frame| frame.first_mut())
            && let Some(log) = transfer(inputs.caller(), created, inputs.value())
        {
            *first = log;
        }
        self.leave(outcome.result.is_ok());
    }

    fn selfdestruct(&mut self, contract: Address, target: Address, value: U256) {
        if let Some(log) = transfer(contract, target, value) {
            self.innermost().push(log);
        }
    }
}
