//! Running programs: what goes in, what comes out, and what is refused.

mod archive;
mod inputs;
mod unzip;
mod zips;
