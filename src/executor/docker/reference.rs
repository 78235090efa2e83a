//! Names of images: `[host[:port]/]path[:tag][@sha256:…]`, parsed strictly, so that no name can be
//! mistaken for anything else, and the table by which a scenario has them fetched elsewhere.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// Where images without a host lie.
pub(super) const HUB: &str = "docker.io";

/// The folder of Docker Hub for images without one.
const LIBRARY: &str = "library/";

/// The most characters a repository may have, host included.
const NAME_CHARS_MAX: usize = 255;

/// The most characters a tag may have.
const TAG_CHARS_MAX: usize = 128;

/// Why a text is no name of an image.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is no name of an image: {reason}")]
pub struct ReferenceError {
    /// The text.
    pub text: String,
    /// What is wrong with it, and what would be right.
    pub reason: &'static str,
}

/// The name of an image.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    host: String,
    path: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl Reference {
    /// Returns the registry's host, with its port: `docker.io` where the name has none.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns what stands for a certain content: `sha256:…`.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Returns the name without tag and digest, as docker's own commands write it.
    pub fn repository(&self) -> String {
        match self.host.as_str() {
            HUB => self
                .path
                .strip_prefix(LIBRARY)
                .unwrap_or(&self.path)
                .to_owned(),
            host => format!("{host}/{}", self.path),
        }
    }

    /// Returns what docker is asked for within the repository: the digest, else the tag, else
    /// `latest`.
    pub fn version(&self) -> &str {
        let tag = self.tag.as_deref().unwrap_or("latest");
        self.digest.as_deref().unwrap_or(tag)
    }

    /// Returns the same repository pinned to a content.
    #[must_use]
    pub fn pinned(&self, digest: &str) -> String {
        format!("{}@{digest}", self.repository())
    }

    /// Returns the same image at another registry that holds copies under the same path.
    fn at(&self, host: &str) -> Self {
        Self {
            host: host.to_owned(),
            ..self.clone()
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.digest.is_some() { '@' } else { ':' };
        write!(f, "{}{separator}{}", self.repository(), self.version())
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let wrong = |reason| ReferenceError {
            text: text.to_owned(),
            reason,
        };
        if text.is_empty() {
            return Err(wrong("it is empty; write user/app:1.0"));
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) if is_digest(digest) => (rest, Some(digest)),
            Some(_) => return Err(wrong("after @ stands sha256: and 64 hexadecimal digits")),
            None => (text, None),
        };
        let slash = rest.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match rest[slash..].split_once(':') {
            Some((last, tag)) => (&rest[..slash + last.len()], Some(tag)),
            None => (rest, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(wrong("a tag is letters, digits, `_`, `.` and `-`"));
        }
        let (host, path) = match name.split_once('/') {
            Some((host, path)) if is_host_like(host) => (normal_host(host), path.to_owned()),
            Some(_) => (HUB.to_owned(), name.to_owned()),
            None => (HUB.to_owned(), format!("{LIBRARY}{name}")),
        };
        if !is_host(&host) {
            return Err(wrong("its host is not one"));
        }
        if !path.split('/').all(is_component) {
            return Err(wrong(
                "between slashes stand lower-case letters and digits, parted by `.`, `_` or `-`",
            ));
        }
        if host.len() + path.len() > NAME_CHARS_MAX {
            return Err(wrong("it is longer than 255 characters"));
        }
        let path = match host.as_str() {
            HUB if !path.contains('/') => format!("{LIBRARY}{path}"),
            _ => path,
        };
        Ok(Self {
            host,
            path,
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }
}

/// Whether the first part of a name is meant as a host.
fn is_host_like(part: &str) -> bool {
    part.contains(['.', ':']) || part == "localhost"
}

/// Docker Hub under all its names.
fn normal_host(host: &str) -> String {
    match host {
        "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => HUB.to_owned(),
        host => host.to_owned(),
    }
}

fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, "0"));
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|char| char.is_ascii_alphanumeric() || char == '-')
    };
    name.split('.').all(label) && port.parse::<u16>().is_ok()
}

fn is_component(part: &str) -> bool {
    let alphanumeric = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit();
    let ends = part.starts_with(alphanumeric) && part.ends_with(alphanumeric);
    let separators = part.split(alphanumeric).all(|between| {
        matches!(between, "" | "." | "_" | "__") || between.chars().all(|char| char == '-')
    });
    ends && separators
}

fn is_tag(tag: &str) -> bool {
    let word = |char: char| char.is_ascii_alphanumeric() || char == '_';
    tag.starts_with(word)
        && tag.len() <= TAG_CHARS_MAX
        && tag.chars().all(|char| word(char) || ".-".contains(char))
}

fn is_digest(digest: &str) -> bool {
    let hex = |char: char| matches!(char, '0'..='9' | 'a'..='f');
    let digits = digest.strip_prefix("sha256:");
    digits.is_some_and(|digits| digits.len() == 64 && digits.chars().all(hex))
}

/// Where images are fetched instead of where their names say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrites {
    /// Single images, by name.
    pub images: Vec<(Reference, Reference)>,
    /// A registry that holds copies of Docker Hub's images.
    pub mirror: Option<String>,
}

impl Rewrites {
    /// Returns where `image` is fetched.
    pub fn apply(&self, image: &Reference) -> Reference {
        let same = |(from, _): &&(Reference, Reference)| {
            (&from.host, &from.path, from.version()) == (&image.host, &image.path, image.version())
        };
        if let Some((_, to)) = self.images.iter().find(same) {
            return to.clone();
        }
        match &self.mirror {
            Some(mirror) if image.host == HUB => image.at(mirror),
            Some(_) | None => image.clone(),
        }
    }
}

/// Returns whether `text` can be the host of a registry, with or without port.
pub fn is_registry_host(text: &str) -> bool {
    is_host(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Reference {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_is_taken_apart_as_docker_does() {
        let ffmpeg = parsed("jrottenberg/ffmpeg:scratch");
        assert_eq!((ffmpeg.host(), ffmpeg.version()), ("docker.io", "scratch"));
        assert_eq!(ffmpeg.repository(), "jrottenberg/ffmpeg");
        let bare = parsed("busybox");
        assert_eq!(bare, parsed("docker.io/library/busybox"));
        assert_eq!(bare.to_string(), "busybox:latest");
        let long = parsed("127.0.0.1:5000/a/b__c/d-e.f:v1.0_x");
        assert_eq!(long.host(), "127.0.0.1:5000");
        assert_eq!(long.repository(), "127.0.0.1:5000/a/b__c/d-e.f");
        let digest = format!("sha256:{}", "ab".repeat(32));
        let pinned = parsed(&format!("localhost/app:1@{digest}"));
        assert_eq!(pinned.version(), digest);
        assert_eq!(pinned.to_string(), format!("localhost/app@{digest}"));
        let hub = parsed("registry.hub.docker.com/iexechub/ffmpeg:3.0.0");
        assert_eq!(hub, parsed("iexechub/ffmpeg:3.0.0"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let wrong = [
            "",
            "--privileged",
            "-v",
            "a b",
            "App",
            "user/App:1",
            "app:",
            "app:-x",
            "app:a b",
            "a//b",
            "/a",
            "a/",
            "a..b",
            "a___b",
            "app@sha256:12",
            "app@md5:00",
            "http://host/app",
            "host:port/app",
            "-host.io/app",
            "user/app:1:2",
            "../app",
            "app\n",
        ];
        for text in wrong {
            assert!(text.parse::<Reference>().is_err(), "{text:?}");
        }
        let error = "--privileged".parse::<Reference>().unwrap_err();
        assert!(error.to_string().contains("--privileged"));
    }

    #[test]
    fn a_table_or_a_mirror_says_where_to_fetch() {
        let table = Rewrites {
            images: vec![(parsed("user/app"), parsed("127.0.0.1:5000/copy:2"))],
            mirror: Some("mirror.test".into()),
        };
        let fetched = |text: &str| table.apply(&parsed(text)).to_string();
        assert_eq!(
            fetched("docker.io/user/app:latest"),
            "127.0.0.1:5000/copy:2"
        );
        assert_eq!(fetched("user/app:2"), "mirror.test/user/app:2");
        assert_eq!(fetched("busybox"), "mirror.test/library/busybox:latest");
        assert_eq!(fetched("other.test/user/app:2"), "other.test/user/app:2");
    }
}
