//! Things that run programs.
