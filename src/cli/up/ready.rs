//! The ready file: everything a test in any language needs to know, whole or not there at all.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use alloy_primitives::{Address, B256};
use serde::Serialize;

use crate::{
    chain::{Chain, DEV_MNEMONIC},
    cli::whole,
    contracts::Deployment,
    server::Server,
};

/// What is told when all is ready: in the file, in the `READY` line, and in the environment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ready {
    version: &'static str,
    pid: u32,
    /// URL of the JSON-RPC endpoint.
    pub(super) rpc: String,
    /// The same by WebSocket.
    pub(super) ws: String,
    /// EIP-155 chain id.
    pub(super) chain_id: u64,
    /// Where the contracts are, unless the chain was to be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) contracts: Option<Contracts>,
    /// The development accounts.
    pub(super) accounts: Vec<DevAccount>,
}

/// The addresses of the contracts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contracts {
    pub(super) hub: Address,
    pub(super) rlc: Address,
    pub(super) app_registry: Address,
    pub(super) dataset_registry: Address,
    pub(super) workerpool_registry: Address,
    pub(super) owner: Address,
}

/// One account. The key is told only if everybody has it anyway.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DevAccount {
    pub(super) address: Address,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) private_key: Option<B256>,
}

impl Ready {
    /// Describes a server and the chain behind it.
    pub(super) fn new(
        server: &Server,
        chain: &Chain,
        contracts: Option<&Deployment>,
        mnemonic: &str,
    ) -> Self {
        let public = mnemonic == DEV_MNEMONIC;
        let accounts = chain.signers().iter().map(|signer| DevAccount {
            address: signer.address(),
            private_key: public.then(|| signer.to_bytes()),
        });
        Self {
            version: env!("CARGO_PKG_VERSION"),
            pid: std::process::id(),
            rpc: server.http_url(),
            ws: server.ws_url(),
            chain_id: chain.chain_id(),
            contracts: contracts.map(|contracts| Contracts {
                hub: contracts.hub,
                rlc: contracts.rlc,
                app_registry: contracts.app_registry,
                dataset_registry: contracts.dataset_registry,
                workerpool_registry: contracts.workerpool_registry,
                owner: contracts.owner,
            }),
            accounts: accounts.collect(),
        }
    }

    /// Returns it as one line of JSON.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("addresses, keys and URLs have a JSON form")
    }
}

/// The file on the disk; dropping it removes it.
#[derive(Debug)]
pub(super) struct ReadyFile {
    path: PathBuf,
}

impl ReadyFile {
    /// Writes the file so that a reader sees all of it or none.
    ///
    /// # Errors
    ///
    /// When the directory cannot be written to.
    pub(super) fn write(path: &Path, ready: &Ready) -> io::Result<Self> {
        let text = format!("{}\n", ready.to_json());
        let path = whole::write(path, text.as_bytes())?;
        Ok(Self { path })
    }

    /// Returns where it is, from the root on.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = fs::remove_file(&self.path);
    }
}
