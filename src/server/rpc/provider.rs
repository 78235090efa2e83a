//! An alloy transport that reaches the node by a function call: JSON, but no socket.

use std::task::{Context, Poll};

use alloy_json_rpc::{RequestPacket, ResponsePacket};
use alloy_network::Ethereum;
use alloy_provider::RootProvider;
use alloy_rpc_client::RpcClient;
use alloy_transport::{TransportError, TransportErrorKind, TransportFut};

use super::{
    dispatch::{self, Caller},
    envelope,
    http::Limits,
    node::Node,
};

/// The transport; cheap to clone.
#[derive(Clone, Debug)]
pub struct InProcess {
    node: Node,
}

impl Node {
    /// Returns an alloy provider on this node; no port is opened.
    pub fn provider(&self) -> RootProvider<Ethereum> {
        RootProvider::new(RpcClient::new(self.transport(), true))
    }

    /// Returns the transport of such a provider, for those who put something before it.
    pub fn transport(&self) -> InProcess {
        InProcess { node: self.clone() }
    }
}

impl tower::Service<RequestPacket> for InProcess {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: RequestPacket) -> Self::Future {
        let caller = Caller {
            node: self.node.clone(),
            limits: Limits::default(),
            subscriptions: None,
        };
        Box::pin(async move {
            let text = request.serialize().map_err(TransportError::ser_err)?;
            let message = envelope::parse(text.get().as_bytes(), caller.limits.batch_calls)
                .map_err(TransportErrorKind::custom)?;
            let answer = dispatch::message(&caller, message).await;
            let answer = answer
                .ok_or_else(|| TransportErrorKind::custom_str("a notification is not answered"))?;
            let answer = answer.as_ref();
            serde_json::from_slice(answer)
                .map_err(|error| TransportError::deser_err(error, String::from_utf8_lossy(answer)))
        })
    }
}
