//! How a method is run. The tables themselves lie with the handlers, one per family.

use std::sync::LazyLock;

use alloy_primitives::map::HashMap;
use futures_util::future::BoxFuture;

use super::{
    error::{Answer, RpcError},
    methods,
    node::{Node, Writer},
    params::Params,
};

/// One method under all its names.
pub(super) struct Method {
    /// What clients call it; the first is its own, the others are aliases.
    pub(super) names: &'static [&'static str],
    /// What it does.
    pub(super) run: Run,
}

/// A change that is ready to be made.
pub(super) type Change = Box<dyn FnOnce(&mut Writer) -> Answer + Send>;

/// What a method needs to run, and hence where it runs.
#[derive(Clone, Copy)]
pub(super) enum Run {
    /// Reads the last committed block, briefly: runs where it is.
    Read(fn(&Node, Params) -> Answer),
    /// Reads as well, but may take long: runs beside the server's threads.
    Compute(fn(&Node, Params) -> Answer),
    /// Changes the chain: runs in turn with all other changes.
    Write(fn(&mut Writer, Params) -> Answer),
    /// Changes the chain after preparing the change, which may take long and is nobody's turn.
    Prepare(fn(Params) -> Result<Change, RpcError>),
    /// Sends a transaction and waits; several of one batch are sent together.
    Send(fn(Node, Params) -> BoxFuture<'static, Answer>),
    /// Waits for something that may never come; nothing else waits for it.
    Wait(fn(Node, Params) -> BoxFuture<'static, Answer>),
}

/// A method that reads briefly.
pub(super) const fn read(
    names: &'static [&'static str],
    run: fn(&Node, Params) -> Answer,
) -> Method {
    Method {
        names,
        run: Run::Read(run),
    }
}

/// A method that reads and may take long.
pub(super) const fn compute(
    names: &'static [&'static str],
    run: fn(&Node, Params) -> Answer,
) -> Method {
    Method {
        names,
        run: Run::Compute(run),
    }
}

/// A method that changes the chain.
pub(super) const fn write(
    names: &'static [&'static str],
    run: fn(&mut Writer, Params) -> Answer,
) -> Method {
    Method {
        names,
        run: Run::Write(run),
    }
}

/// A method that prepares a change, then makes it.
pub(super) const fn prepare(
    names: &'static [&'static str],
    run: fn(Params) -> Result<Change, RpcError>,
) -> Method {
    Method {
        names,
        run: Run::Prepare(run),
    }
}

/// A method that sends a transaction.
pub(super) const fn send(
    names: &'static [&'static str],
    run: fn(Node, Params) -> BoxFuture<'static, Answer>,
) -> Method {
    Method {
        names,
        run: Run::Send(run),
    }
}

/// A method that waits: for a transaction to be mined, or for its turn.
pub(super) const fn wait(
    names: &'static [&'static str],
    run: fn(Node, Params) -> BoxFuture<'static, Answer>,
) -> Method {
    Method {
        names,
        run: Run::Wait(run),
    }
}

/// Returns how `name` is run.
pub(super) fn find(name: &str) -> Option<Run> {
    static BY_NAME: LazyLock<HashMap<&'static str, Run>> = LazyLock::new(|| {
        let mut by_name = HashMap::default();
        for method in methods::TABLES.iter().copied().flatten() {
            for name in method.names {
                by_name.insert(*name, method.run);
            }
        }
        by_name
    });
    BY_NAME.get(name).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_name_is_given_twice() {
        let mut seen = BTreeSet::new();
        for method in methods::TABLES.iter().copied().flatten() {
            for name in method.names {
                assert!(seen.insert(*name), "{name} is in the tables twice");
            }
        }
    }
}
