//! The words and rules of PoCo, pure: no chain, no clock, no IO.

mod name;

pub use name::Name;
