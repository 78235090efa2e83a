//! Whose fault it is: the program's, its image's, or the machinery's. Rule: what every engine would
//! say of the same image and arguments is a result, which workers vote on; all else is none.

use bollard::{errors::Error::DockerResponseServerError, models::ContainerState};

use super::{
    attempt::End,
    connect::{Host, words},
    pull::Pin,
    room,
    runner::Trouble,
};
use crate::executor::{Ended, Job, OutcomeKind};

/// How an engine says that an image cannot become a container, and what that means.
const ABOUT_THE_IMAGE: [(&str, &str); 5] = [
    (
        "no command specified",
        "it has no program of its own, and no arguments name one",
    ),
    (
        "no matching entries in passwd file",
        "its USER is nobody it knows",
    ),
    (
        "no matching entries in group file",
        "its USER has a group it does not know",
    ),
    ("cannot mkdir", "its WORKDIR cannot be a folder"),
    (
        "exec format error",
        "its program is made for another kind of machine, or is none",
    ),
];

/// How an engine says that the file of a program is there and cannot be run.
const NOT_RUN: [&str; 5] = [
    "permission denied",
    "too many levels of symbolic links",
    "not a directory",
    "is a directory",
    "text file busy",
];

/// Returns what is wrong with an image of which an engine says this; none when it is not the image.
pub(super) fn image_of(said: &str) -> Option<String> {
    if room::complains(said) {
        return None;
    }
    let lower = said.to_ascii_lowercase();
    let mut known = ABOUT_THE_IMAGE.iter();
    let (_, why) = known.find(|(words, _)| lower.contains(words))?;
    Some(format!(
        "no container can be made of the image: {why} ({said})"
    ))
}

/// Returns the trouble of a container that could not be made.
pub(super) fn not_made(error: &bollard::errors::Error) -> Trouble {
    match image_of(&words(error)) {
        Some(why) => Trouble::Image(why),
        None => Trouble::of(error),
    }
}

/// Tells a program that cannot be started, as a shell would, from an engine that cannot.
pub(super) fn not_started(
    state: &ContainerState,
    error: &bollard::errors::Error,
) -> Result<(OutcomeKind, String), Trouble> {
    let DockerResponseServerError { message, .. } = error else {
        return Err(Trouble::of(error));
    };
    if room::complains(message) {
        return Err(Trouble::of(error));
    }
    if let Some(why) = image_of(message) {
        return Ok((OutcomeKind::ImageError, why));
    }
    let says = |words: &str| message.contains(words);
    let is_its_file = || says("exec:") && NOT_RUN.iter().any(|words| says(words));
    let code = match state.exit_code {
        Some(126) => 126,
        Some(127) => 127,
        _ if says("executable file not found") || says("no such file or directory") => 127,
        _ if says("permission denied") || is_its_file() => 126,
        _ => return Err(Trouble::of(error)),
    };
    let why = "the image's program cannot be started".to_owned();
    Ok((OutcomeKind::Exit(code), why))
}

/// Returns how a program ended.
pub(super) fn kind_of(host: &Host, end: &End, state: &ContainerState) -> OutcomeKind {
    let code = match end {
        End::Exited(0) => return OutcomeKind::Ok,
        End::Exited(code) => *code,
        End::TimedOut => return OutcomeKind::Timeout,
        End::Overflowed => return OutcomeKind::OutputError,
    };
    // Podman does not say why the kernel killed a program; under a memory limit it is that.
    let killed = state.oom_killed == Some(true) || host.is_podman && code == 137;
    match killed {
        true => OutcomeKind::OutOfMemory,
        false => OutcomeKind::Exit(i32::try_from(code).unwrap_or(i32::MAX)),
    }
}

/// Makes of a program that never began, because the machine cannot execute it, what it is where an
/// engine says so at once: some let the container begin, print why, and end it.
pub(super) fn refine(ended: &mut Ended, job: &Job, pin: &Pin) {
    let printed = ended.stderr.text().into_owned();
    let line = printed.trim_end();
    let is_engines = line.starts_with("exec /") && line.ends_with(": exec format error");
    let is_all = !line.contains('\n')
        && ended.stdout.bytes.is_empty()
        && ended.files.changed_since(&job.inputs).is_empty();
    if is_engines && is_all && matches!(ended.kind, OutcomeKind::Exit(_)) {
        ended.kind = OutcomeKind::ImageError;
        let made_for = match pin.platform.as_str() {
            "" => String::new(),
            platform => format!("; the image is made for {platform}"),
        };
        ended.detail = image_of(line).unwrap_or_default() + &made_for;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_engines_say_of_images_is_told_from_what_they_say_of_themselves() {
        for said in [
            "No command specified",
            "unable to find user nobody: no matching entries in passwd file",
            "unable to find group none: no matching entries in group file",
            "Cannot mkdir: /etc/passwd is not a directory",
            "failed to create shim task: exec /app: exec format error: unknown",
        ] {
            let why = image_of(said).unwrap();
            assert!(why.contains(said), "{why}");
        }
        for said in [
            "cannot mkdir: /x: no space left on device",
            "driver failed programming external connectivity",
            "",
        ] {
            assert_eq!(image_of(said), None, "{said}");
        }
    }

    #[test]
    fn a_program_that_cannot_be_started_is_told_from_an_engine_that_cannot() {
        let told = |message: &str| {
            let error = DockerResponseServerError {
                status_code: 400,
                message: message.to_owned(),
            };
            not_started(&ContainerState::default(), &error).map(|(kind, _)| kind)
        };
        let start = "unable to start container process: exec: \"/x\": stat /x: ";
        let exit = |code| Ok::<_, ()>(OutcomeKind::Exit(code));
        for (end, code) in [
            ("no such file or directory: unknown", 127),
            ("permission denied: unknown", 126),
            ("too many levels of symbolic links: unknown", 126),
        ] {
            let found = told(&format!("{start}{end}")).map_err(drop);
            assert_eq!(found, exit(code), "{end}");
        }
        assert!(told("cgroups: cannot find cgroup mount destination").is_err());
        assert!(told(&format!("{start}no space left on device")).is_err());
    }
}
