//! motrace-explain
