//! What a sandboxed program has: arguments, variables, files, a clock that is not one, and chance
//! that repeats.

use alloy_primitives::Bytes;
use wasmi::ResourceLimiter;
use wasmi_core::LimiterError;

use super::{
    errno::Errno,
    fs::{Fs, Id},
};
use crate::{
    executor::{
        Captured, Contract, Files, FilesError, Job, Randomness, environment, memory::Depends,
    },
    seed::Stream,
};

/// The most descriptors open at a time.
const DESCRIPTORS_MAX: usize = 256;

/// What time it is when a program starts: 7 June 2018, in nanoseconds since 1970.
pub(super) const EPOCH_NS: u64 = 1_528_329_600_000_000_000;

/// How far the clock moves whenever it is looked at, in nanoseconds.
pub(super) const TICK_NS: u64 = 1_000_000;

/// An open descriptor.
#[derive(Clone, Debug)]
pub(super) enum Descriptor {
    /// Standard input: always at its end.
    Input,
    /// Standard output.
    Output,
    /// Standard error.
    Error,
    /// A directory, with its path if it was open from the start.
    Directory { id: Id, preopened: Option<String> },
    /// A file.
    File(OpenFile),
}

/// An open file.
#[derive(Clone, Debug)]
pub(super) struct OpenFile {
    pub(super) id: Id,
    pub(super) position: u64,
    pub(super) append: bool,
    pub(super) reads: bool,
    pub(super) writes: bool,
}

/// What is written to a standard stream, up to a limit.
#[derive(Default)]
pub(super) struct Sink {
    bytes: Vec<u8>,
    truncated: bool,
}

impl Sink {
    /// Keeps what fits below `limit`.
    pub(super) fn write(&mut self, bytes: &[u8], limit: usize) {
        let room = limit.saturating_sub(self.bytes.len());
        self.truncated |= bytes.len() > room;
        self.bytes
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn captured(&self) -> Captured {
        Captured {
            bytes: Bytes::from(self.bytes.clone()),
            truncated: self.truncated,
        }
    }
}

/// The world of one run.
pub(super) struct Host {
    pub(super) args: Vec<String>,
    /// `KEY=VALUE`, sorted.
    pub(super) variables: Vec<String>,
    pub(super) fs: Fs,
    descriptors: Vec<Option<Descriptor>>,
    output_folder: Id,
    pub(super) stdout: Sink,
    pub(super) stderr: Sink,
    pub(super) log_limit: usize,
    /// Nanoseconds since the program started, by its own clock.
    pub(super) clock_ns: u64,
    /// Of these, how many it slept.
    pub(super) slept_ns: u64,
    random: Option<Stream>,
    pub(super) randomness: Randomness,
    /// What the outcome depends on, from what the program looked at.
    pub(super) depends: Depends,
    memory_limit: usize,
    /// Whether it wanted more memory than it may have.
    pub(super) memory_refused: bool,
    /// Work done outside the program during this call, in bytes.
    pub(super) owed: u64,
    /// Fuel owed for work done outside the program beyond what its slice could pay.
    pub(super) owed_fuel: u64,
}

impl Host {
    /// Returns the world of `job`.
    pub(super) fn new(job: &Job, randomness: Randomness) -> Result<Self, Errno> {
        let limits = &job.limits;
        let mut fs = Fs::new(limits.output_files, limits.output_bytes);
        let mut descriptors = vec![
            Some(Descriptor::Input),
            Some(Descriptor::Output),
            Some(Descriptor::Error),
        ];
        let mut mount = |folder: &str, files| {
            let id = fs.mount(folder.trim_start_matches('/'), files)?;
            let preopened = Some(folder.to_owned());
            descriptors.push(Some(Descriptor::Directory { id, preopened }));
            Ok::<Id, Errno>(id)
        };
        let inputs = mount(job.contract.input_folder(), &job.inputs)?;
        let output_folder = match job.contract {
            Contract::V2 => inputs,
            Contract::V5 => mount(job.contract.output_folder(), &Files::new())?,
        };
        let random = match randomness {
            Randomness::Task => Some(job.task_stream()),
            Randomness::Worker => Some(job.worker_stream()),
            Randomness::Denied => None,
        };
        let variables = environment(job).into_iter();
        Ok(Self {
            args: std::iter::once("app".to_owned())
                .chain(job.args.iter().cloned())
                .collect(),
            variables: variables
                .map(|(key, value)| format!("{key}={value}"))
                .collect(),
            fs,
            descriptors,
            output_folder,
            stdout: Sink::default(),
            stderr: Sink::default(),
            log_limit: limits.log_bytes,
            clock_ns: 0,
            slept_ns: 0,
            random,
            randomness,
            depends: Depends::default(),
            memory_limit: usize::try_from(limits.memory).unwrap_or(usize::MAX),
            memory_refused: false,
            owed: 0,
            owed_fuel: 0,
        })
    }

    /// Returns an open descriptor.
    pub(super) fn descriptor(&mut self, fd: u32) -> Result<&mut Descriptor, Errno> {
        let slot = self.descriptors.get_mut(fd as usize);
        slot.and_then(Option::as_mut).ok_or(Errno::BadF)
    }

    /// Returns an open file.
    pub(super) fn file(&mut self, fd: u32) -> Result<&mut OpenFile, Errno> {
        match self.descriptor(fd)? {
            Descriptor::File(file) => Ok(file),
            Descriptor::Directory { .. } => Err(Errno::IsDir),
            Descriptor::Input | Descriptor::Output | Descriptor::Error => Err(Errno::SPipe),
        }
    }

    /// Returns the directory open as `fd`.
    pub(super) fn directory(&mut self, fd: u32) -> Result<Id, Errno> {
        match self.descriptor(fd)? {
            Descriptor::Directory { id, .. } => Ok(*id),
            Descriptor::File(_) | Descriptor::Input | Descriptor::Output | Descriptor::Error => {
                Err(Errno::NotDir)
            }
        }
    }

    /// Opens `descriptor` under the lowest free number.
    pub(super) fn open(&mut self, descriptor: Descriptor) -> Result<u32, Errno> {
        let free = self.descriptors.iter().position(Option::is_none);
        let fd = free.unwrap_or(self.descriptors.len());
        if fd >= DESCRIPTORS_MAX {
            return Err(Errno::MFile);
        }
        if let Descriptor::File(file) = &descriptor {
            self.fs.hold(file.id);
        }
        if fd == self.descriptors.len() {
            self.descriptors.push(None);
        }
        self.descriptors[fd] = Some(descriptor);
        u32::try_from(fd).map_err(|_| Errno::MFile)
    }

    /// Closes a descriptor and returns it.
    pub(super) fn close(&mut self, fd: u32) -> Result<Descriptor, Errno> {
        let slot = self.descriptors.get_mut(fd as usize);
        let closed = slot.and_then(Option::take).ok_or(Errno::BadF)?;
        if let Descriptor::File(file) = &closed {
            self.fs.release(file.id);
        }
        Ok(closed)
    }

    /// Moves descriptor `from` to the number `to`, closing what was there.
    pub(super) fn renumber(&mut self, from: u32, to: u32) -> Result<(), Errno> {
        self.descriptor(to)?;
        self.descriptor(from)?;
        if from == to {
            return Ok(());
        }
        self.close(to)?;
        self.descriptors.swap(from as usize, to as usize);
        Ok(())
    }

    /// Returns the time by the program's clock; looking takes a moment.
    pub(super) fn look_at_clock(&mut self) -> u64 {
        self.clock_ns = self.clock_ns.saturating_add(TICK_NS);
        self.clock_ns
    }

    /// Returns where random bytes come from, and remembers that they were asked for.
    pub(super) fn random(&mut self) -> Result<&mut Stream, Errno> {
        self.depends.on_task |= self.randomness == Randomness::Task;
        self.depends.on_worker |= self.randomness == Randomness::Worker;
        self.random.as_mut().ok_or(Errno::NoSys)
    }

    /// Returns what was printed, to standard output and to standard error.
    pub(super) fn streams(&self) -> (Captured, Captured) {
        (self.stdout.captured(), self.stderr.captured())
    }

    /// Returns the files below the output folder.
    pub(super) fn outputs(&self) -> Result<Files, FilesError> {
        self.fs.collect(self.output_folder)
    }
}

impl ResourceLimiter for Host {
    fn memory_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> Result<bool, LimiterError> {
        self.memory_refused |= desired > self.memory_limit;
        Ok(desired <= self.memory_limit)
    }

    fn table_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> Result<bool, LimiterError> {
        Ok(desired <= 1 << 20)
    }

    fn instances(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        16
    }

    fn memories(&self) -> usize {
        1
    }
}
