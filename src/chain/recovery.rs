//! `ecrecover` with a memory: a signature that was recovered before, or made in this process, is
//! not recovered again. Gas, output and failures are those of the precompile.

use alloy_evm::{
    Evm as _,
    precompiles::{DynPrecompile, Precompile as _, PrecompileInput},
};
use alloy_primitives::{Address, B256, Bytes};
use revm::precompile::{PrecompileId, PrecompileOutput, PrecompileResult, secp256k1::ECRECOVER};

use super::execute::Machine;
use crate::signature::{Signed, Signers};

/// What the precompile costs.
const GAS: u64 = 3_000;

/// Gives a machine's `ecrecover` a memory.
pub(super) fn remember(machine: &mut Machine<'_>, signers: &Signers) {
    let signers = signers.clone();
    let (_, _, precompiles) = machine.components_mut();
    precompiles
        .map
        .apply_precompile(ECRECOVER.address(), |precompile| {
            let precompile = precompile?;
            let recover = move |input: PrecompileInput<'_>| recover(&signers, &precompile, input);
            Some(DynPrecompile::new(PrecompileId::EcRec, recover))
        });
}

fn recover(
    signers: &Signers,
    precompile: &DynPrecompile,
    input: PrecompileInput<'_>,
) -> PrecompileResult {
    let signed = Signed::of_input(input.data).filter(|_| input.gas >= GAS);
    let Some(signed) = signed else {
        return precompile.call(input);
    };
    if let Some(signer) = signers.find(&signed) {
        let word = Bytes::copy_from_slice(signer.into_word().as_slice());
        return Ok(PrecompileOutput::new(GAS, word, input.reservoir));
    }
    let output = precompile.call(input)?;
    if let Ok(word) = B256::try_from(output.bytes.as_ref()) {
        signers.note(signed, Address::from_word(word));
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use alloy_consensus::TxEip1559;
    use alloy_primitives::{TxKind, U256, address, hex};
    use alloy_signer::SignerSync as _;

    use super::*;
    use crate::chain::{Chain, Config};

    /// Calls the precompile with its own input and keeps output, its length, and success.
    const CALLER: [u8; 29] = hex!("365f5f376020610100365f60015afa600255610100515f553d60015500");
    const AT: Address = address!("0x00000000000000000000000000000000000ca11e");

    fn play(mut chain: Chain, inputs: &[Vec<u8>]) -> Vec<(u64, bool, [U256; 3])> {
        chain.set_code(AT, CALLER.to_vec().into()).unwrap();
        let sender = chain.signers()[0].address();
        let mut done = Vec::new();
        for (nonce, input) in (0..).zip(inputs) {
            let transaction = TxEip1559 {
                chain_id: chain.chain_id(),
                nonce,
                gas_limit: 200_000,
                max_fee_per_gas: chain.next_base_fee().into(),
                to: TxKind::Call(AT),
                input: input.clone().into(),
                ..TxEip1559::default()
            };
            let hash = chain.submit_unsigned(transaction, sender).unwrap();
            chain.mine(nonce);
            let receipt = chain.receipt(&hash).unwrap();
            let slot = |slot: u64| chain.state().slot(AT, U256::from(slot));
            let slots = [slot(0), slot(1), slot(2)];
            done.push((receipt.outcome().gas_used, receipt.is_success(), slots));
        }
        done
    }

    #[test]
    fn a_contract_learns_the_same_with_and_without_memory() {
        let plain = Chain::new(&Config::default()).unwrap();
        let signer = &plain.signers()[3];
        let hash = B256::repeat_byte(0x5a);
        let signature = signer.sign_hash_sync(&hash).unwrap().as_bytes();
        let mut good = [0; 128];
        good[..32].copy_from_slice(hash.as_slice());
        good[63] = signature[64];
        good[64..].copy_from_slice(&signature[..64]);
        let with = |place: usize, byte: u8| {
            let mut changed = good;
            changed[place] = byte;
            changed.to_vec()
        };
        let inputs = [
            good.to_vec(),
            good.to_vec(),
            [&good[..], &[1, 2, 3]].concat(),
            good[..127].to_vec(),
            with(63, 26),
            with(40, 1),
            with(0, 1),
            with(100, 0xff),
            vec![],
            good.to_vec(),
        ];
        let signers = Signers::default();
        let mut knowing = plain.clone();
        knowing.know_signers(signers.clone());
        let expected = play(plain.clone(), &inputs);
        assert_eq!(play(knowing.clone(), &inputs), expected);
        let word = U256::from_be_slice(signer.address().into_word().as_slice());
        assert_eq!(expected[0].2, [word, U256::from(32), U256::from(1)]);
        // Once more, now that all is remembered.
        assert_eq!(play(knowing, &inputs), expected);
        let signed = Signed::of_input(&good).unwrap();
        assert_eq!(signers.find(&signed), Some(signer.address()));
    }
}
