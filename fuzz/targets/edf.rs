//! EDF, EDF+, BDF and BDF+; the first byte says which.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let magic: &[u8] = if data.first() == Some(&0xff) { b"\xffBIOSEMI" } else { b"0       " };
    motrace_fuzz::read_as(magic, data);
});
