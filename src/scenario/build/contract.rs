//! Contracts of a dapp: from an artifact and texts to code and values. Rule: a reference such as
//! `{{protocol.hub}}` stands for an address and for nothing less than a whole argument.

use std::sync::Arc;

use alloy_dyn_abi::{DynSolType, DynSolValue};
use alloy_json_abi::JsonAbi;
use alloy_primitives::{Address, Bytes};
use serde::Deserialize;

use super::{Builder, account};
use crate::{
    contracts::Build,
    protocol::Name,
    scenario::model::Contract,
    world::cast::{Argument, ContractCast, ContractRef},
};

/// Kinds of names a contract may be given the address of.
const KINDS: [&str; 8] = [
    "protocol",
    "account",
    "worker",
    "pool",
    "workerpool",
    "app",
    "dataset",
    "contract",
];

/// What compilers write: solc's and Hardhat's text, or Foundry's table with a text.
#[derive(Deserialize)]
struct Artifact {
    abi: JsonAbi,
    bytecode: Bytecode,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Bytecode {
    Text(String),
    Table { object: String },
}

impl Artifact {
    fn read(text: &[u8]) -> Result<(JsonAbi, Bytes), String> {
        let artifact: Self = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let code = match artifact.bytecode {
            Bytecode::Text(text) | Bytecode::Table { object: text } => text,
        };
        let code: Bytes = code
            .parse()
            .map_err(|error| format!("its bytecode is not hexadecimal ({error})"))?;
        match code.is_empty() {
            true => {
                Err("it has no bytecode, as interfaces and abstract contracts have none".into())
            }
            false => Ok((artifact.abi, code)),
        }
    }
}

impl Builder<'_> {
    /// The contracts of the protocol: those the scenario is to be played on, or those it names.
    pub(super) fn protocol_contracts(&mut self) -> Arc<Build> {
        let read = self.loaded.build_called(&self.scenario.protocol.contracts);
        read.unwrap_or_else(|error| {
            self.wrong.push(self.loaded.no_build(&error));
            Arc::default()
        })
    }

    pub(super) fn contracts(&mut self) -> Vec<ContractCast> {
        let contracts = self.scenario.contract.iter();
        let contracts = contracts.filter_map(|(name, contract)| self.contract(name, contract));
        contracts.collect()
    }

    fn contract(&mut self, name: &Name, contract: &Contract) -> Option<ContractCast> {
        let path = ["contract", name, "artifact"];
        let fetched = self.fetch(&contract.artifact, None, &path)?;
        let (abi, code) = match Artifact::read(&fetched.content) {
            Ok(read) => read,
            Err(wrong) => {
                let span = self.span(&path);
                let message = format!("`{}` is not an artifact: {wrong}", contract.artifact);
                let help = "an artifact is JSON with `abi` and `bytecode`, as compilers write it";
                self.refuse(span, message, help);
                return None;
            }
        };
        let inputs = abi.constructor.map(|constructor| constructor.inputs);
        let inputs = inputs.unwrap_or_default();
        let span = self.span(&["contract", name, "args"]);
        if inputs.len() != contract.args.len() {
            let (wanted, given) = (inputs.len(), contract.args.len());
            let message = format!("the constructor takes {wanted} arguments, {given} are given");
            let types: Vec<&str> = inputs.iter().map(|input| input.ty.as_str()).collect();
            self.refuse(span, message, format!("it takes ({})", types.join(", ")));
            return None;
        }
        let mut args = Vec::new();
        for (input, text) in inputs.iter().zip(&contract.args) {
            match argument(&input.ty, text) {
                Ok(argument) => args.push(argument),
                Err(wrong) => {
                    let help = "`{{protocol.hub}}`, `{{app.NAME}}` and the like are addresses";
                    self.refuse(span, wrong, help);
                    return None;
                }
            }
        }
        Some(ContractCast {
            name: name.clone(),
            by: account(&contract.by),
            code,
            args,
        })
    }

    /// The contract a text names: an address, `contract.NAME` or `NAME`; none after a complaint.
    pub(super) fn contract_ref(&mut self, text: &str, path: &[&str]) -> Option<ContractRef> {
        let bare = text.strip_prefix("contract.").unwrap_or(text);
        if self.scenario.contract.contains_key(bare) {
            return Some(ContractRef::Named(bare.into()));
        }
        if let Ok(address) = text.parse::<Address>() {
            return Some(ContractRef::At(address));
        }
        let span = self.span(path);
        let message = format!("`{text}` is neither a contract of this file nor an address");
        let help = "name a `[contract]`, or write `0x` and 40 hexadecimal digits";
        self.refuse(span, message, help);
        None
    }
}

/// Reads an argument: a value, or a reference to an address known only when the network stands.
fn argument(kind: &str, text: &str) -> Result<Argument, String> {
    let inner = text
        .strip_prefix("{{")
        .and_then(|rest| rest.strip_suffix("}}"));
    let Some(inner) = inner.map(str::trim) else {
        return value(kind, text).map(Argument::Value);
    };
    if kind != "address" {
        return Err(format!("`{text}` is an address, not {kind}"));
    }
    match inner.split_once('.') {
        Some((kind, _)) if KINDS.contains(&kind) => Ok(Argument::AddressOf(inner.into())),
        _ => Err(format!("`{inner}` has no address")),
    }
}

/// Reads a value of a Solidity type.
pub(super) fn value(kind: &str, text: &str) -> Result<DynSolValue, String> {
    let parsed: DynSolType = kind
        .parse()
        .map_err(|error| format!("values of {kind} cannot be written here: {error}"))?;
    let value = parsed.coerce_str(text);
    value.map_err(|error| format!("`{text}` is not {kind}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_a_value_or_a_whole_reference() {
        let hub = argument("address", "{{ protocol.hub }}");
        assert_eq!(hub, Ok(Argument::AddressOf("protocol.hub".into())));
        assert!(argument("uint256", "{{protocol.hub}}").is_err());
        assert!(argument("address", "{{nobody}}").is_err());
        assert!(argument("string", "see {{protocol.hub}}").is_ok());
        let seven = argument("uint8", "7");
        let value = DynSolValue::Uint(alloy_primitives::U256::from(7), 8);
        assert_eq!(seven, Ok(Argument::Value(value)));
        assert!(argument("uint8", "seven").is_err());
    }

    #[test]
    fn bytecode_is_a_text_or_a_table_and_never_nothing() {
        let of = |bytecode: &str| {
            let text = format!(r#"{{"abi": [], "bytecode": {bytecode}}}"#);
            Artifact::read(text.as_bytes()).map(|(_, code)| code.len())
        };
        assert_eq!(of(r#""0x6001""#), Ok(2));
        assert_eq!(of(r#"{"object": "0x6001"}"#), Ok(2));
        for wrong in [r#""0x""#, r#""0x__$library$__""#, "7"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
