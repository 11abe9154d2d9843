//! Whole runs, driven by a clock that exists on paper only.
mod commands;
mod drive;
mod games;
mod interludes;
mod schedule;
