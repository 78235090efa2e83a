//! Tracers that remember no more than they may. A loop that burns a block's gas has millions of
//! steps, each with its stack: without an end to it a single trace fills the machine's memory.

use std::{
    cell::Cell,
    collections::HashMap,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use alloy_primitives::{Address, Log, U256, map::HashSet};
use revm::{
    Inspector,
    bytecode::opcode::{SLOAD, SSTORE},
    context_interface::ContextTr,
    interpreter::{
        CallInputs, CallOutcome, CreateInputs, CreateOutcome, Interpreter,
        interpreter_types::{InputsTr as _, Jumps as _, ReturnData as _},
    },
};
use revm_inspectors::tracing::{DebugInspector, TracingInspector, TracingInspectorConfig};

use super::replay::ReplayError;

// What things take in bytes, from the moment they are seen until they are sent: in the tracer, in
// the answer, and in its text.
const STEP: u64 = 800;
const STACK_ITEM: u64 = 110;
const SLOT: u64 = 220;
const CALL: u64 = 1_500;
/// For each byte of an input, of a log and of what a call returned.
const BYTE: u64 = 5;
/// For each byte of memory: it is told as text, word by word, at every step.
const MEMORY_BYTE: u64 = 6;

/// In such portions an answer takes what it needs.
const PORTION: u64 = 1 << 20;

/// What all traces of a chain under way at once may take: clients may ask for many.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    taken: Arc<AtomicU64>,
    whole: u64,
}

impl Memory {
    /// So many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        Self {
            taken: Arc::default(),
            whole: bytes,
        }
    }

    /// Returns a budget for the traces of one answer; what it took comes back when it is dropped.
    pub(super) fn budget(&self) -> Budget {
        Budget(Rc::new(Taken {
            memory: self.clone(),
            taken: Cell::new(0),
            spent: Cell::new(0),
        }))
    }

    fn take(&self, bytes: u64) -> bool {
        let after = |taken: u64| {
            taken
                .checked_add(bytes)
                .filter(|taken| *taken <= self.whole)
        };
        let taken = &self.taken;
        taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, after)
            .is_ok()
    }
}

/// What the traces of one answer take.
#[derive(Clone, Debug)]
pub(super) struct Budget(Rc<Taken>);

#[derive(Debug)]
struct Taken {
    memory: Memory,
    taken: Cell<u64>,
    spent: Cell<u64>,
}

impl Budget {
    /// Takes so many bytes; false if they are not there.
    fn take(&self, bytes: u64) -> bool {
        let Taken {
            memory,
            taken,
            spent,
        } = &*self.0;
        spent.set(spent.get().saturating_add(bytes));
        let missing = spent.get().saturating_sub(taken.get());
        if missing == 0 {
            return true;
        }
        // The last portion may be a small one.
        let portion = [missing.max(PORTION), missing];
        let got = portion.into_iter().find(|portion| memory.take(*portion));
        taken.set(taken.get() + got.unwrap_or(0));
        got.is_some()
    }

    /// Takes what so many bytes of output take.
    ///
    /// # Errors
    ///
    /// [`ReplayError::TooLarge`] if that is not there.
    pub(super) fn afford_output(&self, bytes: usize) -> Result<(), ReplayError> {
        match self.take(BYTE.saturating_mul(bytes as u64)) {
            true => Ok(()),
            false => Err(ReplayError::TooLarge {
                bytes: self.0.memory.whole,
            }),
        }
    }

    /// Gives all back.
    fn give_back(&self) {
        self.0.give_back();
    }
}

impl Taken {
    fn give_back(&self) {
        let taken = self.taken.replace(0);
        self.memory.taken.fetch_sub(taken, Ordering::Relaxed);
        self.spent.set(0);
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// A tracer that says what it remembers.
pub(super) trait Remembers {
    /// Returns what it remembers.
    fn remembers(&self) -> TracingInspectorConfig;
}

impl Remembers for TracingInspector {
    fn remembers(&self) -> TracingInspectorConfig {
        *self.config()
    }
}

impl Remembers for DebugInspector {
    fn remembers(&self) -> TracingInspectorConfig {
        match self {
            Self::CallTracer(tracer, _)
            | Self::PreStateTracer(tracer, _)
            | Self::FlatCallTracer(tracer)
            | Self::Erc7562Tracer(tracer, _)
            | Self::Default(tracer, _) => tracer.remembers(),
            // Of several only calls can be many: steps are not among what they combine.
            Self::Mux(..) => TracingInspectorConfig::default_parity().set_record_logs(true),
            Self::FourByte(_) | Self::Noop(_) | Self::StateGasTracer(_) => {
                TracingInspectorConfig::none()
            }
        }
    }
}

/// A tracer with a budget; beyond it, it sees nothing more and has no result.
#[derive(Debug)]
pub(super) struct Frugal<I> {
    /// None once it would have had to remember too much.
    tracer: Option<I>,
    remembers: TracingInspectorConfig,
    budget: Budget,
    steps_left: u64,
    /// The slots each account has touched: they are told again at every access.
    slots: HashMap<Address, HashSet<U256>>,
}

impl<I: Remembers> Frugal<I> {
    pub(super) fn new(tracer: I, budget: &Budget) -> Self {
        let remembers = tracer.remembers();
        let steps = remembers.step_limit.map_or(u64::MAX, |limit| limit.get());
        Self {
            tracer: Some(tracer),
            remembers,
            budget: budget.clone(),
            steps_left: if remembers.record_steps { steps } else { 0 },
            slots: HashMap::new(),
        }
    }

    /// Returns the tracer.
    ///
    /// # Errors
    ///
    /// If it had to see more than it may remember.
    pub(super) fn into_tracer(self) -> Result<I, ReplayError> {
        let bytes = self.budget.0.memory.whole;
        self.tracer.ok_or(ReplayError::TooLarge { bytes })
    }
}

impl<I> Frugal<I> {
    /// Takes so many bytes from the budget; returns the tracer if it still works. One that does
    /// not makes room for others at once.
    fn afford(&mut self, bytes: u64) -> Option<&mut I> {
        if self.tracer.is_some() && !self.budget.take(bytes) {
            // Before the long work of forgetting, during which all others would fail as well.
            self.budget.give_back();
            self.tracer = None;
        }
        self.tracer.as_mut()
    }

    /// Returns what it takes to remember the step that comes next.
    fn cost(&mut self, interpreter: &Interpreter) -> u64 {
        let Some(left) = self.steps_left.checked_sub(1) else {
            return 0;
        };
        self.steps_left = left;
        let told = &self.remembers;
        let mut cost = STEP;
        if told.record_stack_snapshots.is_full() || told.record_stack_snapshots.is_all() {
            cost += STACK_ITEM * interpreter.stack.len() as u64;
        }
        if told.record_memory_snapshots {
            cost += MEMORY_BYTE * interpreter.memory.len() as u64;
        }
        if told.record_returndata_snapshots {
            cost += BYTE * interpreter.return_data.buffer().len() as u64;
        }
        let touches = matches!(interpreter.bytecode.opcode(), SLOAD | SSTORE);
        if told.record_state_diff
            && touches
            && let Ok(slot) = interpreter.stack.peek(0)
        {
            let account = interpreter.input.target_address();
            let touched = self.slots.entry(account).or_default();
            touched.insert(slot);
            cost += SLOT * touched.len() as u64;
        }
        cost
    }

    fn cost_of_call(&self, input: usize) -> u64 {
        if self.remembers.record_inputs {
            CALL + BYTE * input as u64
        } else {
            CALL
        }
    }
}

impl<CTX: ContextTr, I: Inspector<CTX>> Inspector<CTX> for Frugal<I> {
    fn initialize_interp(&mut self, interpreter: &mut Interpreter, context: &mut CTX) {
        if let Some(tracer) = &mut self.tracer {
            tracer.initialize_interp(interpreter, context);
        }
    }

    fn step(&mut self, interpreter: &mut Interpreter, context: &mut CTX) {
        let cost = self.cost(interpreter);
        if let Some(tracer) = self.afford(cost) {
            tracer.step(interpreter, context);
        }
    }

    fn step_end(&mut self, interpreter: &mut Interpreter, context: &mut CTX) {
        if let Some(tracer) = &mut self.tracer {
            tracer.step_end(interpreter, context);
        }
    }

    fn log(&mut self, context: &mut CTX, log: Log) {
        let kept = self.remembers.record_logs;
        let cost = if kept { log.data.data.len() as u64 } else { 0 };
        if let Some(tracer) = self.afford(BYTE * cost) {
            tracer.log(context, log);
        }
    }

    fn call(&mut self, context: &mut CTX, inputs: &mut CallInputs) -> Option<CallOutcome> {
        let cost = self.cost_of_call(inputs.input.len());
        self.afford(cost)?.call(context, inputs)
    }

    fn call_end(&mut self, context: &mut CTX, inputs: &CallInputs, outcome: &mut CallOutcome) {
        if let Some(tracer) = self.afford(BYTE * outcome.result.output.len() as u64) {
            tracer.call_end(context, inputs, outcome);
        }
    }

    fn create(&mut self, context: &mut CTX, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        let cost = self.cost_of_call(inputs.init_code().len());
        self.afford(cost)?.create(context, inputs)
    }

    fn create_end(
        &mut self,
        context: &mut CTX,
        inputs: &CreateInputs,
        outcome: &mut CreateOutcome,
    ) {
        if let Some(tracer) = self.afford(BYTE * outcome.result.output.len() as u64) {
            tracer.create_end(context, inputs, outcome);
        }
    }

    fn selfdestruct(&mut self, contract: Address, target: Address, value: U256) {
        if let Some(tracer) = &mut self.tracer {
            tracer.selfdestruct(contract, target, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_share_what_there_is_and_give_it_back() {
        let memory = Memory::new(10 << 20);
        let first = memory.budget();
        assert!(first.take(6 << 20));
        let second = memory.budget();
        assert!(second.take(1) && second.take(3 << 20));
        assert!(!second.take(2 << 20));
        assert!(!first.clone().take(2 << 20));
        first.give_back();
        assert!(memory.budget().take(6 << 20));
        assert!(first.take(1 << 20));
        drop(first);
        drop(second);
        assert!(memory.budget().take(10 << 20));
        assert!(!memory.budget().take((10 << 20) + 1));
        assert_eq!(memory.taken.load(Ordering::Relaxed), 0);
    }
}
