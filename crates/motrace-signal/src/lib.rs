//! motrace-signal
