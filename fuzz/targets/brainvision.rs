//! The three files of a BrainVision recording: the lengths of header and markers (16 bits each, little-endian), the
//! header, the markers, the signals. A header of no length is read without markers.
#![no_main]

use motrace_record::Recording;
use std::path::Path;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some(([a, b, c, d], rest)) = data.split_first_chunk::<4>() else { return };
    let [header, markers] = [[*a, *b], [*c, *d]].map(|n| usize::from(u16::from_le_bytes(n)));
    let (header, rest) = rest.split_at(header.min(rest.len()));
    let (markers, signals) = rest.split_at(markers.min(rest.len()));
    let path = Path::new("fuzzed");
    let markers = (!markers.is_empty()).then_some((path, markers));
    motrace_fuzz::check(Recording::parse_brainvision((path, header), (path, signals), markers), data.len());
});
