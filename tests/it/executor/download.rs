//! Downloads: what is got, what is tried again, what is refused; against a server in this process.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use emulate::executor::inputs::{InputError, Inputs, Policy};

/// A server that answers by path, and counts what it was asked.
struct Server {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        // It ends with the process: a thread that waits for connections holds up nobody.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let number = counter.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || answer(stream, port, number));
            }
        });
        Self { port, asked }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn answer(mut stream: TcpStream, port: u16, number: usize) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
    let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
    let other =
        |to: &str| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
    let text = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nETag: \"v1\"\r\n\r\nhello\n";
    let reply = match path.split('?').next().unwrap() {
        "/a.txt"
            if head.contains("If-None-Match: \"v1\"") || head.contains("if-none-match: \"v1\"") =>
        {
            "HTTP/1.1 304 Not Modified\r\n\r\n".into()
        }
        "/a.txt" => text.to_owned(),
        "/flaky" if number < 2 => "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n".into(),
        "/flaky" => text.to_owned(),
        "/short" => "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\nhello\n".into(),
        "/long" => "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\nhello\n".into(),
        "/loop" => other("/loop"),
        "/moved/there" => other("../a.txt?x=http://y"),
        "/elsewhere" => other(&format!("http://localhost:{port}/a.txt")),
        "/ftp" => other("ftp://127.0.0.1/a"),
        "/part" => {
            "HTTP/1.1 206 Part\r\nContent-Range: bytes 0-5/9\r\nContent-Length: 6\r\n\r\nhello\n"
                .into()
        }
        "/nothing" => "HTTP/1.1 204 None\r\n\r\n".into(),
        "/denied" => "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".into(),
        // A byte every now and then, for ever: no single wait is long.
        "/drip" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6000\r\n\r\n");
            while stream.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(20));
            }
            return;
        }
        "/head" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-Long: ");
            while stream.write_all(&[b'x'; 4096]).is_ok() {}
            return;
        }
        "/metadata" => other("http://169.254.169.254/latest/meta-data"),
        "/inside" => other("http://10.0.0.1:8080/secret"),
        "/slow" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\nh");
            thread::sleep(Duration::from_secs(3));
            return;
        }
        "/endless" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            while stream.write_all(&[b'x'; 4096]).is_ok() {}
            return;
        }
        _ => "HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n".into(),
    };
    let _ = stream.write_all(
        reply
            .replacen("\r\n", "\r\nConnection: close\r\n", 1)
            .as_bytes(),
    );
}

fn policy() -> Policy {
    Policy {
        offline: false,
        max_bytes: 10_000,
        timeout: Duration::from_secs(5),
        retry_pause: Duration::from_millis(1),
        ..Policy::below(".")
    }
}

fn fetch(server: &Server, path: &str) -> Result<Vec<u8>, InputError> {
    let inputs = Inputs::new(policy());
    inputs
        .fetch(&server.url(path), None)
        .map(|fetched| fetched.content.to_vec())
}

#[test]
fn a_file_is_downloaded_once_for_all() {
    let server = Server::start();
    let inputs = Inputs::new(policy());
    let url = server.url("/a.txt?token=1");
    let file = inputs.fetch(&url, None).unwrap();
    assert_eq!(
        (file.name.as_str(), &file.content[..]),
        ("a.txt", &b"hello\n"[..])
    );
    assert_eq!(inputs.fetch(&url, None).unwrap(), file);
    assert_eq!(server.asked(), 1);
}

#[test]
fn what_may_pass_is_tried_again_and_what_will_not_is_not() {
    let server = Server::start();
    assert_eq!(fetch(&server, "/flaky").unwrap(), b"hello\n");
    assert_eq!(server.asked(), 3);
    for (path, attempts) in [
        ("/none", 1),
        ("/denied", 1),
        ("/part", 1),
        ("/nothing", 1),
        ("/short", 4),
    ] {
        let server = Server::start();
        let error = fetch(&server, path).unwrap_err();
        assert!(matches!(error, InputError::Http { .. }), "{path}: {error}");
        assert_eq!(server.asked(), attempts, "{path}");
    }
}

#[test]
fn what_is_too_large_is_cut_off_whatever_it_claims() {
    for path in ["/long", "/endless"] {
        let server = Server::start();
        let error = fetch(&server, path).unwrap_err();
        assert!(
            matches!(error, InputError::TooLarge { limit: 10_000, .. }),
            "{path}: {error}"
        );
        assert_eq!(server.asked(), 1, "{path}");
    }
}

#[test]
fn a_body_that_does_not_come_ends_the_attempt() {
    for path in ["/slow", "/drip"] {
        let server = Server::start();
        let impatient = Policy {
            timeout: Duration::from_millis(150),
            ..policy()
        };
        let error = Inputs::new(impatient)
            .fetch(&server.url(path), None)
            .unwrap_err();
        assert!(matches!(error, InputError::Http { .. }), "{path}: {error}");
        assert_eq!(server.asked(), 4, "{path}");
    }
}

#[test]
fn a_head_without_end_is_refused() {
    let server = Server::start();
    let error = fetch(&server, "/head").unwrap_err();
    assert!(matches!(error, InputError::Http { .. }), "{error}");
}

#[test]
fn nothing_listens_is_tried_again_and_no_such_host_is_not() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let why = |url: &str| {
        let error = Inputs::new(policy()).fetch(url, None).unwrap_err();
        error.to_string()
    };
    let refused = why(&format!("http://127.0.0.1:{port}/a"));
    assert!(refused.contains("(4 attempts)"), "{refused}");
    // No name may be this long, so nobody has to be asked about it.
    let nowhere = why(&format!("http://{}.invalid/a", "a".repeat(70)));
    assert!(nowhere.contains("host not found"), "{nowhere}");
}

#[test]
fn a_redirect_reaches_no_private_network_and_nothing_reaches_a_clouds_metadata() {
    let server = Server::start();
    for path in ["/metadata", "/inside"] {
        let error = fetch(&server, path).unwrap_err();
        assert!(
            matches!(error, InputError::Forbidden { .. }),
            "{path}: {error}"
        );
    }
    // Even the scenario itself may not name the place where clouds keep credentials.
    let named = Policy {
        hosts: vec!["169.254.169.254".into()],
        ..policy()
    };
    let error = Inputs::new(named)
        .fetch("http://169.254.169.254/latest/meta-data", None)
        .unwrap_err();
    assert!(matches!(error, InputError::Forbidden { .. }), "{error}");
}

#[test]
fn a_pinned_download_must_have_its_digest() {
    let server = Server::start();
    // printf 'hello\n' | sha256sum
    let hash = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    let pinned = |hash: &str| fetch(&server, &format!("/a.txt#sha256={hash}"));
    assert_eq!(pinned(hash).unwrap(), b"hello\n");
    let error = pinned(&hash.replace('5', "6")).unwrap_err();
    assert!(matches!(error, InputError::Checksum { .. }), "{error}");
}

#[test]
fn many_who_share_a_cache_never_see_half_a_file() {
    let server = Server::start();
    let directory = tempfile::tempdir().unwrap();
    let cached = Policy {
        cache: Some(directory.path().into()),
        ..policy()
    };
    let url = server.url("/a.txt");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let fetched = Inputs::new(cached.clone()).fetch(&url, None).unwrap();
                    assert_eq!(&fetched.content[..], b"hello\n");
                }
            });
        }
    });
    let kept = std::fs::read_dir(directory.path().join("sha256")).unwrap();
    assert_eq!(
        kept.count(),
        1,
        "one content, one file, and nothing unfinished"
    );
}

#[test]
fn a_cache_that_cannot_be_written_spoils_nothing() {
    let server = Server::start();
    let file = tempfile::NamedTempFile::new().unwrap();
    let cached = Policy {
        cache: Some(file.path().into()),
        ..policy()
    };
    let fetched = Inputs::new(cached).fetch(&server.url("/a.txt"), None);
    assert_eq!(&fetched.unwrap().content[..], b"hello\n");
}

#[test]
fn a_dry_look_downloads_nothing() {
    let server = Server::start();
    let dry = Policy {
        dry: true,
        ..policy()
    };
    let looked = Inputs::new(dry).fetch(&server.url("/a.txt"), None).unwrap();
    assert_eq!((looked.name.as_str(), looked.is_real), ("a.txt", false));
    assert!(looked.verify(Default::default()).is_ok());
    assert_eq!(server.asked(), 0);
}

#[test]
fn redirects_are_followed_on_the_same_server_and_not_into_private_places() {
    let server = Server::start();
    assert_eq!(fetch(&server, "/moved/there").unwrap(), b"hello\n");
    let error = fetch(&server, "/loop").unwrap_err();
    assert!(error.to_string().contains("redirects"), "{error}");
    let error = fetch(&server, "/ftp").unwrap_err();
    assert!(error.to_string().contains("less safe"), "{error}");
    let elsewhere = server.url("/elsewhere");
    let error = Inputs::new(policy()).fetch(&elsewhere, None).unwrap_err();
    assert!(matches!(error, InputError::Forbidden { .. }), "{error}");
    let allowing = Policy {
        hosts: vec!["localhost".into()],
        ..policy()
    };
    assert!(Inputs::new(allowing).fetch(&elsewhere, None).is_ok());
}

#[test]
fn the_cache_spares_the_network_and_survives_damage() {
    let server = Server::start();
    let directory = tempfile::tempdir().unwrap();
    let cached = Policy {
        cache: Some(directory.path().into()),
        ..policy()
    };
    let url = server.url("/a.txt");
    let fetch = |policy: &Policy| Inputs::new(policy.clone()).fetch(&url, None);
    let first = fetch(&cached).unwrap();
    assert_eq!(
        fetch(&cached).unwrap(),
        first,
        "the server said it is unchanged"
    );
    assert_eq!(server.asked(), 2);
    let offline = Policy {
        offline: true,
        ..cached.clone()
    };
    assert_eq!(fetch(&offline).unwrap(), first);
    assert_eq!(server.asked(), 2);
    let kept = std::fs::read_dir(directory.path().join("sha256")).unwrap();
    for file in kept {
        std::fs::write(file.unwrap().path(), "hell").unwrap();
    }
    assert!(matches!(fetch(&offline), Err(InputError::Offline { .. })));
    assert_eq!(
        fetch(&cached).unwrap(),
        first,
        "what is damaged is downloaded again"
    );
    assert_eq!(fetch(&offline).unwrap(), first);
}
