//! motrace-record
