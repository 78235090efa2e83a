//! An EVM dev chain: synchronous, clock-free, knowing nothing of iExec.
