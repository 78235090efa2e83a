//! A run at one moment: where it stands, its tasks, its money and scores so far.

use std::io::{self, Write};

use super::{
    Run,
    phrase::one_line,
    sentence::Teller,
    style::{Styles, paint},
    summary::Summary,
    text,
};

/// Writes how `run` stands now, in the words of a summary, without judging it.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn write_state(run: &Run<'_>, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    let view = run.view();
    let facts = [
        format!("block {}", view.chain.head),
        text::count(view.run.records, "event"),
        text::count(view.chain.txs, "transaction"),
    ];
    writeln!(
        out,
        "{}  {}",
        paint(
            styles.title,
            format!("{} at {}", one_line(run.title()), view.run.now)
        ),
        paint(styles.faint, facts.join(" · "))
    )?;
    let records = run.log.records();
    if let Some(last) = records.last() {
        let sentence = Teller::before(records, last.seq).tell(last).plain();
        let name = last.event.name();
        let line = format!("  last: {} {name}: {sentence}", last.time);
        writeln!(out, "{}", paint(styles.faint, line))?;
    }
    let summary = Summary { run, styles };
    summary.tasks(out)?;
    summary.money(out)?;
    summary.workers(out)
}
