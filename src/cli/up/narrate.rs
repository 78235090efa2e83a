//! Somebody who watches a living world: shows it to clients, and tells its story as it happens.

use alloy_primitives::B256;

use crate::{
    cli::{Output, run::detail},
    log::Sinks,
    report::{Story, Styles},
    server::rpc::Node,
    world::World,
};

/// What clients were shown last: head, transactions waiting, present.
type Shown = (B256, usize, u64);

/// The watcher.
pub(super) struct Narrator<'a> {
    node: Node,
    shown: Option<Shown>,
    sinks: Sinks<'a>,
    output: &'a Output,
}

impl<'a> Narrator<'a> {
    /// Returns a watcher that tells as much as so many `-v` ask for.
    pub(super) fn new(node: Node, verbose: u8, output: &'a Output) -> Self {
        let mut sinks = Sinks::default();
        if !output.is_quiet() {
            let told = detail(false, verbose);
            sinks.add(
                "the story",
                Story::new(output.stderr(), told, Styles::coloured()),
            );
        }
        Self {
            node,
            shown: None,
            sinks,
            output,
        }
    }

    /// Looks at the world between two of its moments.
    pub(super) fn look(&mut self, world: &World) {
        let chain = world.chain();
        let seen = (chain.head().hash, chain.mempool().len(), world.unix());
        if self.shown.replace(seen) != Some(seen) {
            // Changes of clients wait until they are shown; nobody waits for this one.
            drop(self.node.show_world(world));
        }
        if self.sinks.return_to(world.log()) {
            let now = world.now();
            self.output
                .note(&format!("the network is as it was at {now}"));
        }
        self.sinks.catch_up(world.log());
    }

    /// Ends the story.
    pub(super) fn finish(self) {
        for failure in self.sinks.finish() {
            if failure.cause.kind() != std::io::ErrorKind::BrokenPipe {
                self.output.error(&format!("warning: {failure}"));
            }
        }
    }
}
