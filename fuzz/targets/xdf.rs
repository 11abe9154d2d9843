//! XDF.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| motrace_fuzz::read_as(b"XDF:", data));
