//! Mining by the clock: a block every so often, for as long as somebody holds the node.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval_at},
};

use super::{
    Writer,
    turns::{Length, Manner, Turns},
};

/// Mines a block at every `period`, and follows its changes; ends with the node.
#[expect(
    clippy::disallowed_methods,
    reason = "interval mining is the wall clock's work"
)]
pub(super) async fn mine(turns: Arc<Turns<Writer>>, mut period: watch::Receiver<Option<Duration>>) {
    loop {
        let wanted = *period.borrow_and_update();
        let Some(every) = wanted.filter(|every| !every.is_zero()) else {
            if period.changed().await.is_err() {
                return;
            }
            continue;
        };
        let mut ticks = interval_at(Instant::now() + every, every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                changed = period.changed() => match changed {
                    Ok(()) => break,
                    Err(_) => return,
                },
                _ = ticks.tick() => {
                    let mined = turns.take(Manner::Alone, Length::Long, |writer: &mut Writer| {
                        writer.mine();
                    });
                    if mined.await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}
