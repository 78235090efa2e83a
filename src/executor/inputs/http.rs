//! Inputs from the network: one GET, bounded in every direction.
//!
//! A host named by the scenario may be anywhere, on this machine too. Where a redirect leads was
//! not named by anybody: there, only public addresses are connected to.

use std::{
    io::Read,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    thread,
    time::Duration,
};

use ureq::{
    Agent, Body,
    http::{Response, StatusCode, Uri, header},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use super::{InputError, Policy};

/// The most redirects that are followed.
const REDIRECTS_MAX: usize = 5;

/// The most attempts for one input.
const ATTEMPTS_MAX: u32 = 4;

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait for the next bytes.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// What a server said about a version of something, to ask later whether it is still the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) etag: Option<String>,
    pub(super) modified: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub(super) enum Answer {
    /// The content, and which version of it.
    Content(Vec<u8>, Version),
    /// It is still the version asked about.
    Unchanged,
}

/// Why one attempt failed, and whether another may succeed.
enum Failure {
    Final(InputError),
    Passing(String),
}

/// Gets `uri`, unless it is still `known`.
pub(super) fn get(policy: &Policy, uri: &str, known: &Version) -> Result<Answer, InputError> {
    let mut attempt = 0;
    loop {
        match attempt_once(policy, uri, known) {
            Ok(answer) => return Ok(answer),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Passing(reason)) if attempt + 1 == ATTEMPTS_MAX => {
                return Err(InputError::Http {
                    uri: uri.into(),
                    reason: format!("{reason} ({ATTEMPTS_MAX} attempts)"),
                });
            }
            Err(Failure::Passing(_)) => thread::sleep(policy.retry_pause * 2_u32.pow(attempt)),
        }
        attempt += 1;
    }
}

fn attempt_once(policy: &Policy, uri: &str, known: &Version) -> Result<Answer, Failure> {
    let named: Uri = parse(uri)?;
    let mut at = named.clone();
    for _ in 0..=REDIRECTS_MAX {
        let trusted = same_server(&at, &named)
            || at
                .host()
                .is_some_and(|host| policy.hosts.iter().any(|named| named == host));
        let response = request(policy, &at, known, trusted).map_err(|error| judge(uri, error))?;
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED && *known != Version::default() {
            return Ok(Answer::Unchanged);
        }
        // Other kinds of success are no file: a part of one nobody asked for, or none at all.
        if [StatusCode::OK, StatusCode::NON_AUTHORITATIVE_INFORMATION].contains(&status) {
            return receive(policy, uri, response);
        }
        if !status.is_redirection() {
            return Err(refused(uri, status));
        }
        at = follow(uri, &at, &response)?;
    }
    Err(Failure::Final(InputError::Http {
        uri: uri.into(),
        reason: format!("more than {REDIRECTS_MAX} redirects"),
    }))
}

fn parse(uri: &str) -> Result<Uri, Failure> {
    let wrong = |_| InputError::Uri {
        uri: uri.into(),
        reason: "it is not a URL a server understands",
    };
    uri.parse().map_err(wrong).map_err(Failure::Final)
}

/// Whether two URLs lead to the same port of the same host.
fn same_server(one: &Uri, other: &Uri) -> bool {
    let place = |uri: &Uri| {
        (
            uri.scheme_str() == Some("https"),
            uri.host().map(str::to_owned),
            uri.port_u16(),
        )
    };
    place(one) == place(other)
}

fn request(
    policy: &Policy,
    uri: &Uri,
    known: &Version,
    trusted: bool,
) -> Result<Response<Body>, ureq::Error> {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        // A proxy would look up names in our place.
        .proxy(None)
        .user_agent(concat!("emulate/", env!("CARGO_PKG_VERSION")))
        .accept_encoding("identity")
        .timeout_connect(Some(policy.timeout.min(CONNECT_TIMEOUT)))
        .timeout_per_read(Some(policy.timeout.min(IDLE_TIMEOUT)))
        .timeout_global(Some(policy.timeout))
        .build();
    let agent = Agent::with_parts(config, DefaultConnector::default(), Guard { trusted });
    let mut request = agent.get(uri.clone());
    if let Some(etag) = &known.etag {
        request = request.header(header::IF_NONE_MATCH, etag);
    }
    if let Some(modified) = &known.modified {
        request = request.header(header::IF_MODIFIED_SINCE, modified);
    }
    request.call()
}

/// Reads a body up to the limit, whatever length it claims.
fn receive(policy: &Policy, uri: &str, response: Response<Body>) -> Result<Answer, Failure> {
    let text = |name| {
        let value = response.headers().get(name)?;
        Some(value.to_str().ok()?.to_owned())
    };
    let version = Version {
        etag: text(header::ETAG),
        modified: text(header::LAST_MODIFIED),
    };
    let limit = policy.max_bytes;
    let too_large = || {
        Failure::Final(InputError::TooLarge {
            uri: uri.into(),
            limit,
        })
    };
    let body = response.into_body();
    if body.content_length().is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut content = Vec::new();
    body.into_reader()
        .take(limit.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(|error| Failure::Passing(format!("the transfer broke off: {error}")))?;
    match content.len() as u64 > limit {
        true => Err(too_large()),
        false => Ok(Answer::Content(content, version)),
    }
}

/// Where a redirect leads: never from https to http, never to another scheme.
fn follow(uri: &str, from: &Uri, response: &Response<Body>) -> Result<Uri, Failure> {
    let wrong = |reason: String| {
        Failure::Final(InputError::Http {
            uri: uri.into(),
            reason,
        })
    };
    let location = response.headers().get(header::LOCATION);
    let location = location.and_then(|value| value.to_str().ok());
    let Some(location) = location else {
        return Err(wrong("a redirect without a location".into()));
    };
    let scheme_end = location.find(['/', '?', '#']);
    let has_scheme = scheme_end.is_some_and(|end| location[..end].ends_with(':'));
    let absolute = match (has_scheme, location.starts_with('/')) {
        (true, _) => location.to_owned(),
        (false, rooted) => {
            let scheme = from.scheme_str().unwrap_or("http");
            let server = from.authority().map_or("", |authority| authority.as_str());
            let folder = from
                .path()
                .rsplit_once('/')
                .map_or("", |(folder, _)| folder);
            match (location.starts_with("//"), rooted) {
                (true, _) => format!("{scheme}:{location}"),
                (false, true) => format!("{scheme}://{server}{location}"),
                (false, false) => format!("{scheme}://{server}{}", beside(folder, location)),
            }
        }
    };
    let to: Uri = absolute
        .parse()
        .map_err(|_| wrong(format!("a redirect to {location:?}, which is no URL")))?;
    match (from.scheme_str(), to.scheme_str()) {
        (_, Some("https")) | (Some("http"), Some("http")) => Ok(to),
        _ => Err(wrong(format!(
            "a redirect to {location:?}, which is less safe"
        ))),
    }
}

/// The path and query of `location`, seen from `folder`: `.` and `..` followed, never above the top.
fn beside(folder: &str, location: &str) -> String {
    let end = location.find(['?', '#']).unwrap_or(location.len());
    let (path, query) = location.split_at(end);
    let mut trail = Vec::new();
    let last = path.rsplit('/').next();
    for segment in folder.split('/').chain(path.split('/')) {
        match segment {
            "" | "." => {}
            ".." => drop(trail.pop()),
            name => trail.push(name),
        }
    }
    let slash = match last {
        Some("" | "." | "..") if !trail.is_empty() => "/",
        Some(_) | None => "",
    };
    format!("/{}{slash}{query}", trail.join("/"))
}

fn refused(uri: &str, status: StatusCode) -> Failure {
    let reason = format!("the server answered {status}");
    let passing = status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
        );
    match passing {
        true => Failure::Passing(reason),
        false => Failure::Final(InputError::Http {
            uri: uri.into(),
            reason,
        }),
    }
}

/// Sorts what may pass from what will not.
fn judge(uri: &str, error: ureq::Error) -> Failure {
    let passing = matches!(
        error,
        ureq::Error::Io(_) | ureq::Error::ConnectionFailed | ureq::Error::Timeout(_)
    );
    let forbidden = matches!(&error, ureq::Error::Other(inner) if inner.is::<Forbidden>());
    match (passing, forbidden) {
        (true, _) => Failure::Passing(error.to_string()),
        (false, true) => Failure::Final(InputError::Forbidden { uri: uri.into() }),
        (false, false) => Failure::Final(InputError::Http {
            uri: uri.into(),
            reason: error.to_string(),
        }),
    }
}

/// No address of a host may be connected to.
#[derive(Debug, thiserror::Error)]
#[error("every address of the host is private")]
struct Forbidden;

/// Looks names up and lets only addresses through that may be connected to. What it returns is
/// what is connected to, so a name that changes its address in between gains nothing.
#[derive(Debug)]
struct Guard {
    trusted: bool,
}

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = DefaultResolver::default().resolve(uri, config, timeout);
        // A name nobody knows is still unknown a second later: it is not tried again.
        let found = found.map_err(|error| {
            if matches!(error, ureq::Error::Io(_)) {
                ureq::Error::HostNotFound
            } else {
                error
            }
        })?;
        let mut allowed = self.empty();
        for address in found.iter() {
            if may_connect(address.ip(), self.trusted) {
                allowed.push(*address);
            }
        }
        match allowed.is_empty() {
            true => Err(ureq::Error::Other(Box::new(Forbidden))),
            false => Ok(allowed),
        }
    }
}

/// Whether an address may be connected to: any public one, and for hosts the scenario names also
/// private ones, but never those by which clouds hand out credentials.
fn may_connect(address: IpAddr, trusted: bool) -> bool {
    let address = address.to_canonical();
    let link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    !link_local && (trusted || is_public(address))
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    // Carriers share 100.64/10, benchmarks 198.18/15; 0/8 and 240/4 are nobody's.
    let shared = a == 100 && b & 0xc0 == 64 || a == 198 && b & 0xfe == 18 || a == 0 || a >= 240;
    !(shared
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Only 2000::/3 is given out; within it, 6to4 and NAT64 addresses hide one of version 4.
    let [first, second, third, ..] = address.segments();
    if first == 0x2002 {
        let [a, b] = second.to_be_bytes();
        let [c, d] = third.to_be_bytes();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    first & 0xe000 == 0x2000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_redirect_is_seen_from_where_it_was_given() {
        assert_eq!(beside("/a/b", "c.txt"), "/a/b/c.txt");
        assert_eq!(beside("/a/b", "../c.txt?x=/../y"), "/a/c.txt?x=/../y");
        assert_eq!(beside("", "../../c"), "/c");
        assert_eq!(beside("/a", "./"), "/a/");
        assert_eq!(beside("/a", ".."), "/");
    }

    #[test]
    fn only_named_hosts_may_be_private_and_nothing_is_link_local() {
        let may = |text: &str, trusted| may_connect(text.parse().unwrap(), trusted);
        for private in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "::",
            "fd00::1",
            "::ffff:127.0.0.1",
            "2002:7f00:1::",
        ] {
            assert!(!may(private, false), "{private}");
            assert!(may(private, true), "{private}");
        }
        for link_local in ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254"] {
            assert!(!may(link_local, true), "{link_local}");
        }
        for public in ["1.1.1.1", "2606:4700::1111"] {
            assert!(may(public, false), "{public}");
        }
    }
}
