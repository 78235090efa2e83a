//! iExec's contracts on the chain.
