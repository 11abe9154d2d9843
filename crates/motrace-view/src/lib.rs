//! motrace-view
