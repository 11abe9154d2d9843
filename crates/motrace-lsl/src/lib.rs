//! motrace-lsl
