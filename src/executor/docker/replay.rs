//! Container images without docker: what they left is read from a record. The rule: what the record
//! does not hold is an error, never a guess.

use parking_lot::Mutex;

use super::Record;
use crate::executor::{Ended, Executor, Job, Outcome, OutcomeKind, Program, Running, conclude};

/// Answers for container images from a record.
pub struct Replay {
    record: Record,
    /// What the record is called in complaints.
    name: String,
    trouble: Mutex<Option<String>>,
}

impl Replay {
    /// Returns an executor that answers from `record`, which is called `name` in complaints.
    pub fn new(record: Record, name: impl Into<String>) -> Self {
        Self {
            record,
            name: name.into(),
            trouble: Mutex::default(),
        }
    }

    fn outcome(&self, job: &Job) -> Outcome {
        let Program::Image(image) = &job.program else {
            return self.lack(job, "only container images are recorded".to_owned());
        };
        match self.record.find(job, image) {
            Some(Ok(ended)) => conclude(job, "docker", ended),
            Some(Err(error)) => self.lack(job, format!("{}: {error}", self.name)),
            None => {
                let on = job.place.cpuset.as_ref();
                let on = on.map_or_else(String::new, |set| format!(" on processors {set}"));
                let why = format!(
                    "{} holds no run of {} with the arguments {:?}{on} and these inputs; \
                     record it again with `--record` where docker is",
                    self.name,
                    image.reference,
                    job.args.join(" "),
                );
                self.lack(job, why)
            }
        }
    }

    fn lack(&self, job: &Job, why: String) -> Outcome {
        self.trouble.lock().get_or_insert_with(|| why.clone());
        conclude(job, "docker", Ended::empty(OutcomeKind::Unavailable, why))
    }
}

impl Executor for Replay {
    /// The log of a replay is the log of the run that was recorded, so the name is the same.
    fn name(&self) -> &'static str {
        "docker"
    }

    fn execute<'a>(&'a self, job: &'a Job) -> Running<'a> {
        Box::pin(std::future::ready(self.outcome(job)))
    }

    fn trouble(&self) -> Option<String> {
        self.trouble.lock().clone()
    }
}
