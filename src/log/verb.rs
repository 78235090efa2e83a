//! What entries of a timeline do, by their words: those of scenario files and of the log.

/// What an entry of the timeline does, without to whom.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VerbKind {
    /// Actors lose their memory and fall silent.
    Crash,
    /// Actors come back with what they had stored.
    Restart,
    /// Actors stop, and miss nothing.
    PauseActor,
    /// Actors go on.
    Resume,
    /// Workers come in.
    Join,
    /// Workers leave for good.
    Leave,
    /// Some do not reach each other.
    Partition,
    /// All partitions end.
    Heal,
    /// Everything from and to some is later.
    Slow,
    /// Messages from and to some are lost.
    Lose,
    /// Clocks are ahead.
    Ahead,
    /// Clocks are behind.
    Behind,
    /// Blocks are full.
    Crowd,
    /// Gas has a price.
    GasPrice,
    /// Services do not answer.
    Down,
    /// Disks are full.
    FillDisk,
    /// The cast changes.
    Set,
    /// Tasks are asked for.
    Submit,
    /// Requests are withdrawn.
    Cancel,
    /// Time jumps.
    Warp,
    /// Blocks are mined at once.
    Mine,
    /// Blocks are taken back and mined anew.
    Reorg,
    /// The chain's head is remembered.
    Snapshot,
    /// The chain returns to a head it had.
    Restore,
    /// A contract is called.
    Call,
    /// A command runs.
    Shell,
    /// Nothing but a note in the log.
    Note,
}

/// What ends the effect of an entry.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// There is nothing to end: it is done at once.
    AtOnce,
    /// Its `for`, or another entry that says the contrary.
    Contrary,
    /// Its `for` and nothing else: without one it lasts to the end of the run.
    Itself,
}

impl VerbKind {
    /// Every one there is; the last of them counts them.
    pub const ALL: [Self; Self::Note as usize + 1] = [
        Self::Crash,
        Self::Restart,
        Self::PauseActor,
        Self::Resume,
        Self::Join,
        Self::Leave,
        Self::Partition,
        Self::Heal,
        Self::Slow,
        Self::Lose,
        Self::Ahead,
        Self::Behind,
        Self::Crowd,
        Self::GasPrice,
        Self::Down,
        Self::FillDisk,
        Self::Set,
        Self::Submit,
        Self::Cancel,
        Self::Warp,
        Self::Mine,
        Self::Reorg,
        Self::Snapshot,
        Self::Restore,
        Self::Call,
        Self::Shell,
        Self::Note,
    ];

    /// The words of all of them.
    pub const WORDS: &'static [&'static str] = &{
        let mut words = [""; Self::ALL.len()];
        let mut at = 0;
        while at < words.len() {
            words[at] = Self::ALL[at].as_str();
            at += 1;
        }
        words
    };

    /// Returns its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Restart => "restart",
            Self::PauseActor => "pause_actor",
            Self::Resume => "resume",
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Partition => "partition",
            Self::Heal => "heal",
            Self::Slow => "slow",
            Self::Lose => "lose",
            Self::Ahead => "ahead",
            Self::Behind => "behind",
            Self::Crowd => "crowd",
            Self::GasPrice => "gas_price",
            Self::Down => "down",
            Self::FillDisk => "fill_disk",
            Self::Set => "set",
            Self::Submit => "submit",
            Self::Cancel => "cancel",
            Self::Warp => "warp",
            Self::Mine => "mine",
            Self::Reorg => "reorg",
            Self::Snapshot => "snapshot",
            Self::Restore => "restore",
            Self::Call => "call",
            Self::Shell => "shell",
            Self::Note => "note",
        }
    }

    /// Returns what a log or a scenario calls by this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Returns what ends its effect.
    pub const fn end(self) -> Ending {
        match self {
            Self::Crash | Self::PauseActor | Self::Join | Self::Partition | Self::Set => {
                Ending::Contrary
            }
            Self::Slow
            | Self::Lose
            | Self::Ahead
            | Self::Behind
            | Self::Crowd
            | Self::GasPrice
            | Self::Down
            | Self::FillDisk => Ending::Itself,
            Self::Restart
            | Self::Resume
            | Self::Leave
            | Self::Heal
            | Self::Submit
            | Self::Cancel
            | Self::Warp
            | Self::Mine
            | Self::Reorg
            | Self::Snapshot
            | Self::Restore
            | Self::Call
            | Self::Shell
            | Self::Note => Ending::AtOnce,
        }
    }

    /// Returns whether `for` can undo it.
    pub fn can_be_undone(self) -> bool {
        self.end() != Ending::AtOnce
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_leads_back_to_its_verb() {
        for kind in VerbKind::ALL {
            assert_eq!(VerbKind::from_word(kind.as_str()), Some(kind));
        }
        assert_eq!(VerbKind::from_word("crashed"), None);
    }
}
