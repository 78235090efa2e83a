//! Time travel.

use crate::server::rpc::{
    error::{Answer, RpcError, null, reply},
    method::{Method, write},
    node::{TimeError, Writer},
    number::{fitting, number},
    params::Params,
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    write(&["evm_increaseTime", "anvil_increaseTime"], increase),
    write(
        &["evm_setNextBlockTimestamp", "anvil_setNextBlockTimestamp"],
        set_next,
    ),
    write(&["evm_setTime", "anvil_setTime"], set),
    write(&["anvil_setBlockTimestampInterval"], set_interval),
    write(&["anvil_removeBlockTimestampInterval"], remove_interval),
];

impl From<TimeError> for RpcError {
    fn from(error: TimeError) -> Self {
        Self::invalid_params(error.to_string())
    }
}

fn increase(writer: &mut Writer, mut params: Params) -> Answer {
    let seconds = number(&mut params, "seconds")?;
    params.end()?;
    let seconds = i64::try_from(seconds)
        .map_err(|_| RpcError::invalid_params(format!("{seconds} seconds are too many")))?;
    reply(&writer.time.increase(seconds))
}

fn set_next(writer: &mut Writer, mut params: Params) -> Answer {
    let at = number(&mut params, "timestamp")?;
    params.end()?;
    let parent = writer.chain.head().timestamp();
    writer.time.set_next_block(at, parent)?;
    null()
}

/// Sets the present; answers how far ahead of the old one it is, in seconds.
fn set(writer: &mut Writer, mut params: Params) -> Answer {
    let at = fitting(params.next("timestamp")?, "timestamp")?;
    params.end()?;
    let before = writer.now();
    writer.set_now(at);
    reply(&at.saturating_sub(before))
}

fn set_interval(writer: &mut Writer, mut params: Params) -> Answer {
    let seconds = number(&mut params, "seconds")?;
    params.end()?;
    writer.time.set_interval(seconds);
    null()
}

fn remove_interval(writer: &mut Writer, params: Params) -> Answer {
    params.end()?;
    reply(&writer.end_interval())
}
