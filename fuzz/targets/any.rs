//! Whatever the first bytes announce.
#![no_main]

use motrace_record::Recording;
use std::path::Path;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    motrace_fuzz::check(Recording::parse(Path::new("fuzzed"), data), data.len());
});
