//! Why an execution failed, in the words geth has for it, which clients match on.

use alloy_primitives::U256;
use alloy_sol_types::{Panic, PanicKind, Revert, SolError as _};
use revm::context_interface::result::HaltReason;

/// Returns `execution reverted`, with the reason if the bytes carry one in words.
pub fn revert_message(data: &[u8]) -> String {
    let reason = if let Ok(revert) = Revert::abi_decode(data) {
        Some(revert.reason)
    } else if let Ok(panic) = Panic::abi_decode(data) {
        Some(panic_reason(panic.code))
    } else {
        None
    };
    match reason {
        Some(reason) => format!("execution reverted: {reason}"),
        None => "execution reverted".to_owned(),
    }
}

/// Returns what the code of a Solidity panic stands for.
fn panic_reason(code: U256) -> String {
    let kind = u32::try_from(code).ok().and_then(PanicKind::from_number);
    let words = match kind {
        Some(PanicKind::Generic) => "generic panic",
        Some(PanicKind::Assert) => "assert(false)",
        Some(PanicKind::UnderOverflow) => "arithmetic underflow or overflow",
        Some(PanicKind::DivisionByZero) => "division or modulo by zero",
        Some(PanicKind::EnumConversionError) => "enum overflow",
        Some(PanicKind::StorageEncodingError) => "invalid encoded storage byte array accessed",
        Some(PanicKind::EmptyArrayPop) => "out-of-bounds array access; popping on an empty array",
        Some(PanicKind::ArrayOutOfBounds) => "out-of-bounds access of an array or bytesN",
        Some(PanicKind::ResourceError) => "out of memory",
        Some(PanicKind::InvalidInternalFunction) => "uninitialized function",
        Some(_) | None => return format!("unknown panic code: {code:#x}"),
    };
    words.to_owned()
}

/// Returns why the machine stopped.
pub fn halt_message(reason: &HaltReason) -> &str {
    match reason {
        HaltReason::OutOfGas(_) => "out of gas",
        HaltReason::OpcodeNotFound | HaltReason::NotActivated => "invalid opcode",
        HaltReason::InvalidFEOpcode => "invalid opcode: INVALID",
        HaltReason::InvalidJump => "invalid jump destination",
        HaltReason::StackUnderflow => "stack underflow",
        HaltReason::StackOverflow => "stack limit reached 1024 (1023)",
        HaltReason::OutOfOffset => "return data out of bounds",
        HaltReason::CreateCollision => "contract address collision",
        HaltReason::PrecompileError => "precompile failed",
        HaltReason::PrecompileErrorWithContext(why) => why,
        HaltReason::NonceOverflow => "nonce uint64 overflow",
        HaltReason::CreateContractSizeLimit => "max code size exceeded",
        HaltReason::CreateContractStartingWithEF => "invalid code: must not begin with 0xef",
        HaltReason::CreateInitCodeSizeLimit => "max initcode size exceeded",
        HaltReason::StateChangeDuringStaticCall | HaltReason::CallNotAllowedInsideStatic => {
            "write protection"
        }
        HaltReason::OutOfFunds | HaltReason::OverflowPayment => "insufficient balance for transfer",
        HaltReason::CallTooDeep => "max call depth exceeded",
    }
}
