//! Running programs: what goes in, what comes out, and what is refused.

mod archive;
mod download;
mod inputs;
mod unzip;
#[cfg(feature = "wasm")]
mod wasm;
mod zips;
