//! Things that decide: input in, effects out.
