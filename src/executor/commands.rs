//! Commands of this machine that a timeline names (`shell`). Rule: they run where somebody allowed
//! it, once, and nothing that comes of them reaches the run, so that it can be played again without
//! them.

use std::{
    io,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use parking_lot::Mutex;

/// How often a command that runs is looked after.
const LOOK: Duration = Duration::from_millis(10);

/// The commands of a run: whether they may run, which do, and what went wrong first.
#[derive(Default)]
pub struct Commands {
    allowed: Mutex<Option<Surroundings>>,
    running: Mutex<Vec<JoinHandle<()>>>,
    is_stopped: AtomicBool,
    trouble: Mutex<Option<String>>,
}

/// Where commands run, and with which variables besides those of this process.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The folder.
    pub folder: PathBuf,
    /// The variables.
    pub variables: Vec<(String, String)>,
}

impl Commands {
    /// Lets commands run from now on.
    pub fn allow(&self, surroundings: Surroundings) {
        *self.allowed.lock() = Some(surroundings);
    }

    /// Gives commands that may run more variables.
    pub fn tell(&self, variables: Vec<(String, String)>) {
        if let Some(surroundings) = self.allowed.lock().as_mut() {
            surroundings.variables.extend(variables);
        }
    }

    /// Lets none run any more: whatever plays on is not the run itself.
    pub fn forbid(&self) {
        *self.allowed.lock() = None;
    }

    /// Runs a command to its end, on this thread; does nothing where none may run.
    pub fn run(&self, line: &str) {
        let allowed = self.allowed.lock().clone();
        if let Some(surroundings) = allowed {
            self.follow(line, &surroundings);
        }
    }

    /// Begins a command and returns at once; does nothing where none may run.
    pub fn begin(self: &Arc<Self>, line: &str) {
        let allowed = self.allowed.lock().clone();
        if let Some(surroundings) = allowed {
            let (own, line) = (Arc::clone(self), line.to_owned());
            let thread = std::thread::spawn(move || own.follow(&line, &surroundings));
            self.running.lock().push(thread);
        }
    }

    /// Waits for the commands that run.
    pub fn finish(&self) {
        let running = std::mem::take(&mut *self.running.lock());
        for thread in running {
            // A thread that panicked has told why.
            let _ = thread.join();
        }
    }

    /// Ends the commands that run, and those that follow.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    /// Returns what went wrong first.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().clone()
    }

    fn follow(&self, line: &str, surroundings: &Surroundings) {
        let how = match start(line, surroundings).and_then(|child| self.end_of(child)) {
            Ok(None) => return,
            Ok(Some(status)) if status.success() => return,
            Ok(Some(status)) => format!("ended with {status}"),
            Err(error) => format!("cannot be run: {error}"),
        };
        let mut trouble = self.trouble.lock();
        trouble.get_or_insert_with(|| format!("the command `{line}` of the timeline {how}"));
    }

    /// Waits for a command; none when it was ended from outside.
    fn end_of(&self, mut child: Child) -> io::Result<Option<ExitStatus>> {
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            if self.is_stopped.load(Ordering::Relaxed) {
                end(&mut child)?;
                return Ok(None);
            }
            std::thread::sleep(LOOK);
        }
    }
}

/// Starts a command; what it prints goes to standard error, where nobody reads results.
fn start(line: &str, surroundings: &Surroundings) -> io::Result<Child> {
    let (shell, flag) = match cfg!(windows) {
        true => ("cmd", "/C"),
        false => ("sh", "-c"),
    };
    let mut command = Command::new(shell);
    command
        .args([flag, line])
        .current_dir(&surroundings.folder)
        .envs(surroundings.variables.iter().cloned())
        .stdin(Stdio::null())
        .stdout(io::stderr());
    // A group of its own, so that what it has started can be ended with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn()
}

/// Ends a command and what it has started.
fn end(child: &mut Child) -> io::Result<()> {
    if cfg!(unix) {
        let group = format!("kill -s KILL -- -{}", child.id());
        let told = Command::new("sh").args(["-c", &group]).status();
        if told.is_ok_and(|status| status.success()) {
            return child.wait().map(|_| ());
        }
    }
    child.kill()?;
    child.wait().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_a_folder() -> (tempfile::TempDir, Surroundings) {
        let folder = tempfile::tempdir().unwrap();
        let surroundings = Surroundings {
            folder: folder.path().to_owned(),
            variables: vec![("WHO".to_owned(), "alice".to_owned())],
        };
        (folder, surroundings)
    }

    #[test]
    fn a_command_runs_where_it_is_allowed_and_nowhere_else() {
        let (folder, surroundings) = in_a_folder();
        let commands = Commands::default();
        commands.run("echo early > told");
        assert!(!folder.path().join("told").exists());
        commands.allow(surroundings);
        commands.run("echo $WHO > told");
        let told = std::fs::read_to_string(folder.path().join("told")).unwrap();
        assert_eq!((told.trim(), commands.trouble()), ("alice", None));
        commands.forbid();
        commands.run("echo late > told");
        let told = std::fs::read_to_string(folder.path().join("told")).unwrap();
        assert_eq!(told.trim(), "alice");
    }

    #[test]
    fn the_first_command_that_fails_is_told() {
        let (_folder, surroundings) = in_a_folder();
        let commands = Commands::default();
        commands.allow(surroundings);
        commands.run("exit 3");
        commands.run("exit 4");
        let trouble = commands.trouble().unwrap();
        assert!(
            trouble.contains("`exit 3`") && trouble.contains('3'),
            "{trouble}"
        );
    }

    #[test]
    fn what_runs_beside_is_waited_for_or_ended() {
        let (folder, surroundings) = in_a_folder();
        let commands = Arc::new(Commands::default());
        commands.allow(surroundings);
        commands.begin("echo done > told");
        commands.finish();
        assert!(folder.path().join("told").exists());
        commands.begin("sleep 1000; echo never > late");
        commands.stop();
        commands.finish();
        assert_eq!(commands.trouble(), None);
        assert!(!folder.path().join("late").exists());
    }
}
