//! ERC-20 balances and allowances set by hand, in whatever slot a token keeps them.
//!
//! The slot is found by asking: of those the token reads to answer, it is the one that, were it the
//! amount wanted, would make the amount wanted the answer.

use alloy_primitives::{Address, B256, U256};
use alloy_rpc_types::state::{AccountOverride, StateOverridesBuilder};
use alloy_sol_types::{SolCall as _, SolValue as _, sol};

use crate::{
    chain::{Call, Chain},
    server::rpc::{
        error::{Answer, RpcError, null},
        method::{Method, write},
        node::Writer,
        params::Params,
    },
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    write(
        &[
            "anvil_dealERC20",
            "hardhat_dealERC20",
            "anvil_setERC20Balance",
        ],
        set_balance,
    ),
    write(&["anvil_setERC20Allowance"], set_allowance),
];

sol! {
    function balanceOf(address owner) external view returns (uint256);
    function allowance(address owner, address spender) external view returns (uint256);
}

/// Sets what an account owns; what exists in total stays as it is.
fn set_balance(writer: &mut Writer, mut params: Params) -> Answer {
    let owner: Address = params.prefixed("owner")?;
    let token: Address = params.prefixed("token")?;
    let amount: U256 = params.next("amount")?;
    params.end()?;
    let question = balanceOfCall { owner }.abi_encode();
    set(&mut writer.chain, token, question, amount)
}

fn set_allowance(writer: &mut Writer, mut params: Params) -> Answer {
    let owner: Address = params.prefixed("owner")?;
    let spender: Address = params.prefixed("spender")?;
    let token: Address = params.prefixed("token")?;
    let amount: U256 = params.next("amount")?;
    params.end()?;
    let question = allowanceCall { owner, spender }.abi_encode();
    set(&mut writer.chain, token, question, amount)
}

/// Makes `amount` the token's answer to `question`.
fn set(chain: &mut Chain, token: Address, question: Vec<u8>, amount: U256) -> Answer {
    let call = Call::new(Address::ZERO, token, question);
    if answer(chain, &call)? == Some(amount) {
        return null();
    }
    let Some((keeper, slot)) = find(chain, &call, amount)? else {
        return Err(RpcError::invalid_params(format!(
            "no slot the token {token} reads holds the amount as it is: \
             it is no ERC-20 token, or one that computes amounts"
        )));
    };
    chain.set_storage(keeper, slot.into(), amount);
    null()
}

/// Returns the account and the slot that decide the answer.
fn find(chain: &Chain, call: &Call, amount: U256) -> Result<Option<(Address, B256)>, RpcError> {
    let (read, _) = chain.access_list(call)?;
    for item in read.0 {
        for slot in item.storage_keys {
            let supposed = AccountOverride::default().with_state_diff([(slot, amount.into())]);
            let overrides = StateOverridesBuilder::default().append(item.address, supposed);
            let supposing = Call {
                state_overrides: Some(overrides.build()),
                ..call.clone()
            };
            if answer(chain, &supposing)? == Some(amount) {
                return Ok(Some((item.address, slot)));
            }
        }
    }
    Ok(None)
}

/// Returns what the token answers, if it is a number.
fn answer(chain: &Chain, call: &Call) -> Result<Option<U256>, RpcError> {
    let outcome = chain.call(call)?;
    let number = U256::abi_decode(&outcome.output).ok();
    Ok(number.filter(|_| outcome.is_success()))
}
