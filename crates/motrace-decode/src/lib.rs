//! motrace-decode
