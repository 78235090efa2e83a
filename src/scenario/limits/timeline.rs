//! Entries of the timeline that contradict themselves, or would do nothing.

use std::collections::BTreeMap;

use super::Limits;
use crate::scenario::{
    build::group_of,
    document::{Diagnostic, listed},
    model::{At, Scenario},
    names::WORKERS,
    unit::Percent,
};
use crate::{log::VerbKind, protocol::Name};

/// The most blocks one entry of the timeline may mine.
const MINE_MAX: u64 = 10_000;

impl Limits<'_> {
    pub(super) fn timeline(&mut self, index: &str, entry: &At, scenario: &Scenario) {
        let path = |key| ["at", index, key];
        let verbs = entry.verbs();
        let is_written = |key| self.document.root.find(&path(key)).is_some();
        // A moment that was not understood has been complained about already.
        if is_written("time") == is_written("on") {
            let help = "write `time = \"40s\"` or `on = \"TaskConsensus\"`";
            self.refuse(
                &["at", index],
                "an entry needs `time` or `on`, one of them",
                help,
            );
        }
        if entry.on.is_none() && (entry.nth != 1 || !entry.after.is_zero()) {
            let key = if entry.nth == 1 { "after" } else { "nth" };
            let wrong = format!("`{key}` goes with `on`");
            self.refuse(&path(key), wrong, "write `on = \"TaskConsensus\"`");
        }
        if entry.nth == 0 {
            self.refuse(&path("nth"), "events are counted from 1", "write `nth = 1`");
        }
        if let [_, second, ..] = verbs.as_slice() {
            let help = "write a second `[[at]]`";
            self.refuse(&path(second.word()), "an entry has one verb", help);
        }
        self.acts(index);
        if let (Some(verb), Some(_)) = (verbs.first(), entry.r#for)
            && !verb.kind().can_be_undone()
        {
            let wrong = format!("`{}` cannot be undone after a while", verb.word());
            self.refuse(&path("for"), wrong, "leave `for` out");
        }
        if verbs.is_empty() && entry.r#for.is_some() {
            let wrong = "`for` undoes what an entry does, and this one does nothing";
            self.refuse(&path("for"), wrong, "leave `for` out, or add a verb");
        }
        self.values(index, entry);
        self.sides(index, entry, scenario);
        if let Some(label) = &entry.label {
            let same = scenario
                .at
                .iter()
                .filter(|at| at.label.as_ref() == Some(label));
            if same.count() > 1 {
                let wrong = format!("two entries are labelled `{label}`");
                self.refuse(&path("label"), wrong, "labels tell entries apart");
            }
        }
    }

    /// No task is submitted twice for certain: an entry that waits for an event may never come.
    pub(super) fn submits(&mut self, scenario: &Scenario) {
        let count = |bag: &str| scenario.task.get(bag).and_then(|bag| bag.count);
        let bare = |name| match Name::split_kind(name) {
            Some((_, bare)) => bare,
            None => name.as_str(),
        };
        // Where each task is submitted, and each group some of whose members are.
        let (mut whole, mut part) = (BTreeMap::new(), BTreeMap::new());
        for (at, entry) in scenario.at.iter().enumerate() {
            for task in entry.submit.iter().flatten().map(bare) {
                let group = group_of(task, count);
                let earlier = whole.get(task).or_else(|| part.get(task));
                let earlier = earlier.or_else(|| whole.get(group?));
                let certain = |earlier: &&usize| {
                    let waits = |at: usize| scenario.at[at].on.is_some();
                    **earlier == at || !(waits(at) || waits(**earlier))
                };
                if let Some(earlier) = earlier.filter(certain) {
                    self.submitted_twice(task, *earlier, at);
                }
                // An entry that surely comes counts before one that may not.
                let keep = |known: Option<&usize>| {
                    known.is_some_and(|known| scenario.at[*known].on.is_none())
                };
                if !keep(whole.get(task)) {
                    whole.insert(task, at);
                }
                if let Some(group) = group.filter(|group| !keep(part.get(group))) {
                    part.insert(group, at);
                }
            }
        }
    }

    fn submitted_twice(&mut self, task: &str, first: usize, second: usize) {
        let span = |at: usize| self.document.span(&["at", &at.to_string(), "submit"]);
        let wrong = format!("`{task}` is submitted twice");
        let mut one = Diagnostic::error(span(second), wrong);
        if first != second {
            one = one.also(span(first), "submitted here already");
        }
        let help = "a task is submitted once; `count` in its section makes more of it";
        self.wrong.push(one.help(help));
    }

    /// Nobody stands on two sides of a partition.
    fn sides(&mut self, index: &str, entry: &At, scenario: &Scenario) {
        let count = |group: &str| match scenario.worker.get(group) {
            Some(worker) => worker.count,
            None if scenario.worker.is_empty() && group == WORKERS => Some(3),
            None => None,
        };
        let bare = |name| match Name::split_kind(name) {
            Some(("worker", bare)) => bare,
            _ => name.as_str(),
        };
        let sides: Vec<&str> = entry.partition.iter().flatten().map(bare).collect();
        for (at, side) in sides.iter().enumerate() {
            let holds = |other: &&&str| {
                *other == side
                    || group_of(side, count) == Some(**other)
                    || group_of(other, count) == Some(*side)
            };
            if let Some(other) = sides[..at].iter().find(holds) {
                let wrong = match other == side {
                    true => format!("`{side}` stands on two sides"),
                    false => format!("`{side}` and `{other}` are not two sides"),
                };
                let help = "name every side once";
                self.refuse(&["at", index, "partition"], wrong, help);
                return;
            }
        }
    }

    /// An entry of the timeline does something.
    fn acts(&mut self, index: &str) {
        let written = self
            .document
            .root
            .find(&["at", index])
            .and_then(|node| node.as_table());
        // A key that does something but was not understood has been complained about already.
        let acts = |key: &String| {
            !["time", "on", "nth", "after", "by", "share", "for"].contains(&key.as_str())
        };
        if !written.is_some_and(|table| table.keys().any(acts)) {
            let mut words = VerbKind::ALL.map(VerbKind::as_str).to_vec();
            words.extend(["pause", "label"]);
            let help = format!("add one of {}", listed(&words));
            self.refuse(&["at", index], "nothing happens here", help);
        }
    }

    /// What an entry's verb is told makes sense.
    fn values(&mut self, index: &str, entry: &At) {
        let path = |key| ["at", index, key];
        let needs_by = [
            ("slow", entry.slow.is_some()),
            ("ahead", entry.ahead.is_some()),
            ("behind", entry.behind.is_some()),
        ];
        let verb = needs_by.iter().find(|(_, written)| *written);
        let by = self.document.root.find(&path("by"));
        if verb.is_some() != by.is_some() {
            let verb = verb.map_or("slow", |(verb, _)| verb);
            let key = if by.is_some() { "by" } else { verb };
            let help = format!("write `{verb} = \"pool.main\"` with `by = \"3s\"`");
            self.refuse(&path(key), format!("`{verb}` and `by` go together"), help);
        }
        let is_written = |key| self.document.root.find(&path(key)).is_some();
        if is_written("lose") != is_written("share") {
            let key = if is_written("share") { "share" } else { "lose" };
            let help = "write `lose = \"worker.w-0\"` with `share = \"30%\"`";
            self.refuse(&path(key), "`lose` and `share` go together", help);
        }
        if entry.share.is_some_and(|share| share > Percent::ALL) {
            let help = "write `share = \"100%\"` to lose everything";
            self.refuse(&path("share"), "more than everything cannot be lost", help);
        }
        if entry.crowd == Some(0) {
            let help = "write `crowd = 1` or more; `slow = \"chain\"` delays everything";
            self.refuse(&path("crowd"), "blocks without any room end nothing", help);
        }
        if entry
            .partition
            .as_ref()
            .is_some_and(|sides| sides.len() < 2)
        {
            let help = "write `partition = [\"worker.w-0\", \"pool.main\"]`";
            self.refuse(&path("partition"), "a partition parts two at least", help);
        }
        if entry.reorg == Some(0) {
            let help = "write 1 or more";
            self.refuse(&path("reorg"), "no block is taken back", help);
        }
        if let Some(blocks) = entry.mine
            && !(1..=MINE_MAX).contains(&blocks)
        {
            let help = format!("write 1 to {MINE_MAX}");
            self.refuse(&path("mine"), format!("{blocks} blocks at once"), help);
        }
        if entry
            .shell
            .as_ref()
            .is_some_and(|line| line.trim().is_empty())
        {
            let help = "write `shell = \"./notify.sh\"`";
            self.refuse(&path("shell"), "there is no command", help);
        }
        if let Some(call) = &entry.call
            && call.function.is_some() == call.data.is_some()
        {
            let help = "write `function = \"set(uint256)\"` with `args`, or `data = \"0x…\"`";
            self.refuse(&path("call"), "a call needs a function or data", help);
        }
    }
}
