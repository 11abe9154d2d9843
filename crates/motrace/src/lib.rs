//! motrace
