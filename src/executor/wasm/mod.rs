//! WebAssembly programs with the WASI preview 1 interface, in a sandbox that repeats itself.
//!
//! A program sees its folder and nothing else. Its clock starts at a fixed moment, its random
//! bytes come from the seed, directories list in order, and its steps are counted: two runs of the
//! same job are equal to the last bit, a run that is stopped included.

mod descriptor;
mod errno;
mod fs;
mod guest;
mod host;
mod link;
mod path;
mod process;

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use alloy_primitives::B256;
use parking_lot::Mutex;
use wasmi::{
    CompilationMode, Config, Engine, Error, Linker, Module, Store, TrapCode, TypedResumableCall,
};

use self::host::Host;
use super::{Ended, Job, Outcome, OutcomeKind, Wasm, conclude, memory::Depends};

/// How much fuel a program gets before somebody looks whether it should stop.
const SLICE: u64 = 50_000_000;

/// Modules already compiled at a time.
const MODULES_MAX: usize = 64;

/// Runs WebAssembly programs; keeps what it compiled.
pub(super) struct Machine {
    engine: Engine,
    modules: Mutex<BTreeMap<B256, Module>>,
}

impl Default for Machine {
    fn default() -> Self {
        let mut config = Config::default();
        config
            .consume_fuel(true)
            // Lazy translation would charge its fuel to whoever runs a function first.
            .compilation_mode(CompilationMode::Eager)
            .wasm_multi_memory(false)
            .wasm_custom_page_sizes(false)
            .wasm_wide_arithmetic(false);
        Self {
            engine: Engine::new(&config),
            modules: Mutex::default(),
        }
    }
}

/// How the machine saw a run end.
struct End {
    kind: OutcomeKind,
    detail: String,
}

impl End {
    fn new(kind: OutcomeKind, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { kind, detail }
    }
}

impl Machine {
    /// Runs `job`, whose program is `wasm`, until it ends or `stop` is set.
    pub(super) fn run(&self, job: &Job, wasm: &Wasm, stop: &AtomicBool) -> (Outcome, Depends) {
        let empty = |end: End| {
            let ended = Ended::empty(end.kind, end.detail);
            (conclude(job, "wasm", ended), Depends::default())
        };
        let (module, linker) = match self.load(wasm) {
            Ok(loaded) => loaded,
            Err(error) => return empty(End::new(OutcomeKind::ImageError, error.to_string())),
        };
        let host = match Host::new(job, wasm.random) {
            Ok(host) => host,
            Err(errno) => {
                let detail = format!("the inputs do not fit into the sandbox: {errno:?}");
                return empty(End::new(OutcomeKind::InputError, detail));
            }
        };
        let mut store = Store::new(&self.engine, host);
        store.limiter(|host| host);
        let end = execute(&mut store, &linker, &module, (job.limits.fuel, stop));
        let host = store.into_data();
        let depends = Depends {
            // A run cut short by somebody's hand is not what the next one would be.
            on_worker: host.depends.on_worker || end.kind == OutcomeKind::Unavailable,
            ..host.depends
        };
        (conclude(job, "wasm", ended(job, &host, end)), depends)
    }

    /// Compiles the program, or finds it compiled.
    fn load(&self, wasm: &Wasm) -> Result<(Module, Linker<Host>), Error> {
        let linker = link::linker(&self.engine)?;
        let mut modules = self.modules.lock();
        if let Some(module) = modules.get(&wasm.hash()) {
            return Ok((module.clone(), linker));
        }
        let module = Module::new(&self.engine, wasm.module())?;
        if modules.len() >= MODULES_MAX {
            modules.clear();
        }
        modules.insert(wasm.hash(), module.clone());
        Ok((module, linker))
    }
}

/// Collects what a run left.
fn ended(job: &Job, host: &Host, end: End) -> Ended {
    let (stdout, stderr) = host.streams();
    let limit = job.limits.wall;
    let slept = Duration::from_nanos(host.slept_ns);
    let overslept = slept > limit && matches!(end.kind, OutcomeKind::Ok | OutcomeKind::Exit(_));
    let (kind, detail) = match (host.outputs(), overslept) {
        (_, true) => (OutcomeKind::Timeout, "it slept beyond its time".into()),
        (Ok(_), false) => (end.kind, end.detail),
        (Err(error), false) => (OutcomeKind::OutputError, error.to_string()),
    };
    let stopped = matches!(kind, OutcomeKind::OutOfFuel | OutcomeKind::Timeout);
    let duration = match stopped {
        true => Some(limit),
        false => Some(slept).filter(|slept| !slept.is_zero()),
    };
    Ended {
        kind,
        detail,
        files: host.outputs().unwrap_or_default(),
        stdout,
        stderr,
        duration,
        ..Ended::empty(OutcomeKind::Ok, "")
    }
}

/// Runs a module's `_start` in slices until it ends, its fuel does, or it is stopped.
fn execute(
    store: &mut Store<Host>,
    linker: &Linker<Host>,
    module: &Module,
    (fuel, stop): (u64, &AtomicBool),
) -> End {
    match in_slices(store, linker, module, (fuel, stop)) {
        Ok(end) => end,
        Err(error) => failed(&error, store.data().memory_refused),
    }
}

fn in_slices(
    store: &mut Store<Host>,
    linker: &Linker<Host>,
    module: &Module,
    (fuel, stop): (u64, &AtomicBool),
) -> Result<End, Error> {
    let out_of_fuel = || End::new(OutcomeKind::OutOfFuel, "it used up its instructions");
    let mut left = fuel;
    // To make an instance is one step that cannot be cut: it may use all there is.
    store.set_fuel(left)?;
    let instance = linker.instantiate_and_start(&mut *store, module)?;
    left = store.get_fuel()?;
    let Ok(start) = instance.get_typed_func::<(), ()>(&*store, "_start") else {
        let detail = "the module exports no function _start without parameters and results";
        return Ok(End::new(OutcomeKind::ImageError, detail));
    };
    let mut slice = SLICE.min(left);
    left -= slice;
    store.set_fuel(slice)?;
    let mut call = start.call_resumable(&mut *store, ())?;
    loop {
        let paused = match call {
            TypedResumableCall::Finished(()) => return Ok(End::new(OutcomeKind::Ok, "")),
            TypedResumableCall::HostTrap(trap) => {
                return Ok(failed(trap.host_error(), store.data().memory_refused));
            }
            TypedResumableCall::OutOfFuel(paused) => paused,
        };
        if stop.load(Ordering::Relaxed) {
            return Ok(End::new(OutcomeKind::Unavailable, "the run was stopped"));
        }
        let owed = std::mem::take(&mut store.data_mut().owed_fuel);
        let unused = store.get_fuel()?;
        left = match (left + unused).checked_sub(owed) {
            Some(left) => left,
            None => return Ok(out_of_fuel()),
        };
        if left < paused.required_fuel() {
            return Ok(out_of_fuel());
        }
        slice = SLICE.max(paused.required_fuel()).min(left);
        left -= slice;
        store.set_fuel(slice)?;
        call = paused.resume(&mut *store)?;
    }
}

/// Names what stopped a program.
fn failed(error: &Error, memory_refused: bool) -> End {
    if let Some(code) = error.i32_exit_status() {
        return match code {
            0 => End::new(OutcomeKind::Ok, ""),
            code => End::new(OutcomeKind::Exit(code), ""),
        };
    }
    let kind = match error.as_trap_code() {
        Some(TrapCode::OutOfFuel) => OutcomeKind::OutOfFuel,
        Some(TrapCode::OutOfSystemMemory | TrapCode::GrowthOperationLimited) => {
            OutcomeKind::OutOfMemory
        }
        // A program that gives up after it was refused memory was killed for want of it, and so was
        // one that needed more to begin with.
        _ if memory_refused => OutcomeKind::OutOfMemory,
        Some(_) => OutcomeKind::Trap,
        None => OutcomeKind::ImageError,
    };
    End::new(kind, error.to_string())
}
