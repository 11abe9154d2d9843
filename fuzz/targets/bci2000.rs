//! BCI2000; the first byte says whether the file begins with its version.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let magic: &[u8] = if data.first() == Some(&b'B') { b"BCI2000V" } else { b"HeaderLen=" };
    motrace_fuzz::read_as(magic, data);
});
