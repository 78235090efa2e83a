//! The guard against DNS rebinding: a server on loopback answers only to names of this machine.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    http::{StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

/// Names that can only mean this machine, besides `localhost` and what ends in it.
const LOCAL_NAMES: [&str; 2] = ["host.docker.internal", "host.containers.internal"];

/// Which `Host` headers are answered.
///
/// A web page can point a name of its own at 127.0.0.1 and then talk to a local server as if it
/// were its own. The browser still sends that name as `Host`, which gives it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostGuard {
    /// Names and addresses of this machine only.
    Local,
    /// Any: the server was told to listen beyond loopback.
    Any,
}

impl HostGuard {
    /// Returns the guard for a server listening on `address`.
    pub fn for_address(address: IpAddr) -> Self {
        if address.is_loopback() {
            Self::Local
        } else {
            Self::Any
        }
    }

    /// Tells whether a request for `host` (a `Host` header, port or not) is answered.
    pub fn allows(self, host: &str) -> bool {
        if self == Self::Any {
            return true;
        }
        let Ok(authority) = host.parse::<Authority>() else {
            return false;
        };
        let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse::<IpAddr>() {
            return address.is_loopback();
        }
        name == "localhost" || name.ends_with(".localhost") || LOCAL_NAMES.contains(&name.as_str())
    }

    /// Refuses requests under a foreign name; one without `Host` comes from no browser.
    pub async fn check(State(guard): State<Self>, request: Request, next: Next) -> Response {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let allowed = hosts.all(|host| host.to_str().is_ok_and(|host| guard.allows(host)));
        if allowed {
            return next.run(request).await;
        }
        let reason = "the Host header names another machine; this server listens on loopback and \
                      answers to localhost, 127.0.0.1 and [::1] only\n";
        (StatusCode::FORBIDDEN, reason).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_loopback_answers_to_local_names_only() {
        let guard = HostGuard::for_address(IpAddr::from([127, 0, 0, 1]));
        for host in [
            "localhost",
            "LOCALHOST:8545",
            "127.0.0.1:8545",
            "127.8.8.8",
            "[::1]:8545",
            "app.localhost:1",
            "host.docker.internal:8545",
        ] {
            assert!(guard.allows(host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example:8545",
            "evillocalhost",
            "10.0.0.1",
            "0.0.0.0:8545",
            "",
            "a b",
            "user@evil.example",
        ] {
            assert!(!guard.allows(host), "{host}");
        }
    }

    #[test]
    fn a_server_told_to_listen_everywhere_answers_to_any_name() {
        assert!(HostGuard::for_address(IpAddr::from([0, 0, 0, 0])).allows("anything.example"));
    }
}
