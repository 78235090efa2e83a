//! The error numbers of WASI preview 1 that a sandboxed program can meet.

/// Why a call failed, by the number the program sees.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Errno {
    /// No such descriptor, or not open for this.
    BadF = 8,
    /// It exists already.
    Exist = 20,
    /// An address outside the program's memory.
    Fault = 21,
    /// A file would be larger than any can be.
    FBig = 22,
    /// A path that is not UTF-8.
    IlSeq = 25,
    /// An argument that makes no sense.
    Inval = 28,
    /// What should not happen.
    Io = 29,
    /// A directory where a file is needed.
    IsDir = 31,
    /// Too many descriptors.
    MFile = 33,
    /// A path that is too long.
    NameTooLong = 37,
    /// No such file.
    NoEnt = 44,
    /// No room left.
    NoSpc = 51,
    /// A call this sandbox does not have.
    NoSys = 52,
    /// A file where a directory is needed.
    NotDir = 54,
    /// A directory that is not empty.
    NotEmpty = 55,
    /// A stream that cannot be positioned.
    SPipe = 70,
    /// A path that leads out of the sandbox.
    NotCapable = 76,
}
