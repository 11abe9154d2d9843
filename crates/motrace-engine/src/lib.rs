//! motrace-engine
