//! Every way `emulate` can end, as the number the shell sees.

use std::process::ExitCode;

/// How a command ended. The numbers are an interface: scripts and CI tell failures apart by them.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: everything asked for is true.
    Success,
    /// 1: an expectation failed.
    ExpectationFailed,
    /// 2: a file or a flag is wrong.
    BadInput,
    /// 3: the machine lacks something: docker, a free port, an image, room on the disk.
    Environment,
    /// 4: the time limit was reached.
    TimeLimit,
    /// 5: a law of the economy was broken.
    InvariantBroken,
    /// 6: two runs that must be equal were not, or two builds of the contracts differ.
    DeterminismLost,
    /// 130: stopped by ctrl-c, after cleaning up.
    Interrupted,
    /// 143: stopped by SIGTERM, after cleaning up.
    Terminated,
    /// The code of a child process run on the user's behalf.
    Child(u8),
}

impl Exit {
    /// Returns the number the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::ExpectationFailed => 1,
            Self::BadInput => 2,
            Self::Environment => 3,
            Self::TimeLimit => 4,
            Self::InvariantBroken => 5,
            Self::DeterminismLost => 6,
            Self::Interrupted => 130,
            Self::Terminated => 143,
            Self::Child(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
