//! Who this user is to a registry: from variables the scenario names, else from docker's own
//! configuration. Secrets are read when they are needed, and never told.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use bollard::auth::DockerCredentials;
use serde::Deserialize;
use tokio::io::AsyncWriteExt as _;

use super::{Settings, reference::HUB};

/// Docker Hub's name in docker's configuration.
const HUB_KEY: &str = "https://index.docker.io/v1/";

/// The parts of docker's configuration that are about registries.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Config {
    auths: BTreeMap<String, Auth>,
    creds_store: Option<String>,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    auth: Option<String>,
    identitytoken: Option<String>,
}

/// What a credential helper answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Helped {
    username: String,
    secret: String,
}

/// Returns what to say to the registry at `host`, if anything is known.
pub(super) async fn find(settings: &Settings, host: &str) -> Option<DockerCredentials> {
    if let Some(variable) = settings.logins.get(host) {
        let login = std::env::var(variable).ok()?;
        return login_of(&login, host);
    }
    let folder = settings.config.clone().or_else(usual_folder)?;
    let config = read(&folder)?;
    let names = match host {
        HUB => vec![HUB_KEY.to_owned(), HUB.to_owned(), "index.docker.io".into()],
        host => vec![
            host.to_owned(),
            format!("https://{host}"),
            format!("http://{host}"),
            format!("https://{host}/v1/"),
            format!("https://{host}/v2/"),
        ],
    };
    for name in &names {
        let helper = config
            .cred_helpers
            .get(name)
            .or(config.creds_store.as_ref());
        if let Some(helper) = helper
            && let Some(found) = ask(helper, name).await
        {
            return credentials(&found.username, &found.secret, name);
        }
        let Some(auth) = config.auths.get(name) else {
            continue;
        };
        if let Some(token) = auth.identitytoken.clone().filter(|token| !token.is_empty()) {
            return Some(DockerCredentials {
                identitytoken: Some(token),
                serveraddress: Some(name.clone()),
                ..DockerCredentials::default()
            });
        }
        let decoded = auth.auth.as_deref().and_then(base64);
        if let Some(login) = decoded.and_then(|bytes| String::from_utf8(bytes).ok()) {
            return login_of(&login, name);
        }
    }
    None
}

fn usual_folder() -> Option<PathBuf> {
    let chosen = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from);
    chosen.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".docker")))
}

fn read(folder: &Path) -> Option<Config> {
    let text = fs::read_to_string(folder.join("config.json")).ok()?;
    serde_json::from_str(&text).ok()
}

fn login_of(login: &str, server: &str) -> Option<DockerCredentials> {
    let (user, password) = login.trim_end_matches(['\n', '\0']).split_once(':')?;
    credentials(user, password, server)
}

fn credentials(user: &str, secret: &str, server: &str) -> Option<DockerCredentials> {
    let server = Some(server.to_owned());
    // Helpers say so when the secret is a token, not a password.
    Some(match user {
        "<token>" => DockerCredentials {
            identitytoken: Some(secret.to_owned()),
            serveraddress: server,
            ..DockerCredentials::default()
        },
        user => DockerCredentials {
            username: Some(user.to_owned()),
            password: Some(secret.to_owned()),
            serveraddress: server,
            ..DockerCredentials::default()
        },
    })
}

/// Asks a credential helper of docker's.
async fn ask(helper: &str, server: &str) -> Option<Helped> {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
    if helper.is_empty() || !helper.chars().all(plain) {
        return None;
    }
    let mut child = tokio::process::Command::new(format!("docker-credential-{helper}"))
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    stdin.write_all(server.as_bytes()).await.ok()?;
    drop(stdin);
    let answer = child.wait_with_output().await.ok()?;
    answer.status.success().then_some(())?;
    serde_json::from_slice(&answer.stdout).ok()
}

/// Decodes base64, with or without padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for char in text.trim().trim_end_matches('=').bytes() {
        let value = match char {
            b'A'..=b'Z' => char - b'A',
            b'a'..=b'z' => char - b'a' + 26,
            b'0'..=b'9' => char - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(json: &str) -> (tempfile::TempDir, Settings) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.json"), json).unwrap();
        let settings = Settings {
            config: Some(folder.path().to_owned()),
            ..Settings::default()
        };
        (folder, settings)
    }

    fn login(found: Option<DockerCredentials>) -> Option<(String, String)> {
        let found = found?;
        Some((found.username?, found.password?))
    }

    #[tokio::test]
    async fn a_login_is_found_by_the_registrys_host() {
        // printf iexec:se:cret | base64
        let json = r#"{"auths": {
            "127.0.0.1:5000": {"auth": "aWV4ZWM6c2U6Y3JldA=="},
            "https://index.docker.io/v1/": {"auth": "aHViOnB3"},
            "token.test": {"identitytoken": "t0ken"},
            "broken.test": {"auth": "???"}
        }}"#;
        let (_folder, settings) = configured(json);
        let own = login(find(&settings, "127.0.0.1:5000").await);
        assert_eq!(own, Some(("iexec".into(), "se:cret".into())));
        let hub = login(find(&settings, "docker.io").await);
        assert_eq!(hub, Some(("hub".into(), "pw".into())));
        let token = find(&settings, "token.test").await.unwrap();
        assert_eq!(token.identitytoken.as_deref(), Some("t0ken"));
        assert!(find(&settings, "broken.test").await.is_none());
        assert!(find(&settings, "unknown.test").await.is_none());
    }

    #[tokio::test]
    async fn a_variable_the_scenario_names_goes_before_the_configuration() {
        let (_folder, mut settings) = configured("not json");
        assert!(find(&settings, "own.test").await.is_none());
        settings
            .logins
            .insert("own.test".into(), "EMULATE_TEST_NOBODY_SETS_THIS".into());
        assert!(find(&settings, "own.test").await.is_none());
        settings.logins.insert("own.test".into(), "PATH".into());
        let path = std::env::var("PATH").unwrap();
        let expected = path.split_once(':');
        let found = login(find(&settings, "own.test").await);
        let found = found
            .as_ref()
            .map(|(user, word)| (user.as_str(), word.as_str()));
        assert_eq!(found, expected);
    }
}
