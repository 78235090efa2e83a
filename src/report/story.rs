//! The story: one line per event, as it happens.

use std::io::{self, Write};

use super::{
    phrase::{Detail, Phrase},
    sentence::Teller,
    style::{Styles, paint},
    text,
};
use crate::{
    log::{Event, Record, Sink},
    protocol::Name,
};

/// Lines told at normal detail before only what is unusual is told.
const NORMAL_LINES: u64 = 400;

/// A sink that tells what happens, one line per event, as far as `detail` goes.
///
/// At normal detail a long story is cut short: after some hundred lines only what went wrong is told.
pub struct Story<W> {
    out: W,
    detail: Detail,
    styles: Styles,
    teller: Teller,
    told: u64,
    untold: u64,
}

impl<W: Write> Story<W> {
    /// Returns a story to tell to `out`.
    pub fn new(out: W, detail: Detail, styles: Styles) -> Self {
        Self {
            out,
            detail,
            styles,
            teller: Teller::default(),
            told: 0,
            untold: 0,
        }
    }

    /// Returns what the story was told to.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn heading(&mut self, record: &Record) -> io::Result<()> {
        let Event::RunStarted {
            title,
            seed,
            version,
            ..
        } = &record.event
        else {
            return Ok(());
        };
        let title = super::phrase::one_line(title);
        let title = if title.is_empty() { "a run" } else { &title };
        let facts = format!("seed {seed} · emulate {version}");
        writeln!(
            self.out,
            "{}  {}",
            paint(self.styles.title, title),
            paint(self.styles.faint, facts)
        )
    }

    fn line(&mut self, record: &Record, phrase: &Phrase) -> io::Result<()> {
        let faint = self.styles.faint;
        if self.detail == Detail::All {
            let actor = record.actor.as_ref().map_or("", Name::as_str);
            let place = format!("{:>6} {:>5} ", record.seq, record.block);
            write!(self.out, "{}", paint(faint, place))?;
            let time = format!("{:>11} {actor:<16}", record.time.to_string());
            write!(self.out, "{}", paint(faint, time))?;
        } else {
            let time = format!("{:>11}", record.time.to_string());
            write!(self.out, "{}", paint(faint, time))?;
        }
        writeln!(self.out, "  {}", phrase.painted(&self.styles))
    }

    /// Whether a long story still has room for this sentence.
    fn has_room(&mut self, record: &Record, phrase: &Phrase) -> io::Result<bool> {
        if self.detail != Detail::Normal || !is_usual(record, phrase) {
            return Ok(true);
        }
        self.told += 1;
        if self.told <= NORMAL_LINES {
            return Ok(true);
        }
        if self.untold == 0 {
            let text = "            … from here on only what is unusual is told (-v tells all)";
            writeln!(self.out, "{}", paint(self.styles.faint, text))?;
        }
        self.untold += 1;
        Ok(false)
    }
}

/// Whether the sentence may be left out of a long story.
fn is_usual(record: &Record, phrase: &Phrase) -> bool {
    let ends = matches!(record.event, Event::RunFinished { .. });
    let small = matches!(
        record.event,
        Event::FaultyContribution { .. } | Event::Seize { .. } | Event::ExecutionFinished { .. }
    );
    let loud = matches!(
        phrase.tone,
        super::phrase::Tone::Bad | super::phrase::Tone::Warn
    );
    !ends && (small || !loud)
}

impl<W: Write + Send> Sink for Story<W> {
    fn record(&mut self, record: &Record) -> io::Result<()> {
        if self.detail >= Detail::Normal {
            self.heading(record)?;
        }
        let phrase = self.teller.tell(record);
        let is_heading = matches!(record.event, Event::RunStarted { .. });
        if phrase.detail > self.detail || (is_heading && self.detail != Detail::All) {
            return Ok(());
        }
        if self.has_room(record, &phrase)? {
            self.line(record, &phrase)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        if self.untold > 0 {
            let text = format!(
                "            {} were left out",
                text::count(self.untold, "line")
            );
            writeln!(self.out, "{}", paint(self.styles.faint, text))?;
        }
        self.out.flush()
    }
}
