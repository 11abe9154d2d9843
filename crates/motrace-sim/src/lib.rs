//! motrace-sim
