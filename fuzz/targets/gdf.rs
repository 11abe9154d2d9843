//! GDF, of the version that its bytes say.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| motrace_fuzz::read_as(b"GDF ", data));
