//! What fuzzing found; each of these once went wrong.

use crate::build;
use motrace_record::Recording;
use std::path::Path;

#[test]
fn messages_do_not_repeat_the_file() {
    // A format of 100 000 letters, once as the only stream and once beside a usable one.
    let mut alone = b"XDF:".to_vec();
    let endless = build::header("amp", "EEG", 2, 100.0, &"f".repeat(100_000));
    alone.extend(build::chunk(2, Some(1), endless.as_bytes()));
    let message = Recording::parse(Path::new("x"), &alone).unwrap_err().to_string();
    assert!(message.contains("channel_format") && message.len() < 1000, "{} letters", message.len());
    let mut beside = build::xdf();
    beside.extend(build::chunk(2, Some(3), endless.as_bytes()));
    let recording = Recording::parse(Path::new("x"), &beside).unwrap();
    assert!(recording.warnings.iter().any(|w| w.contains("channel_format")), "{:?}", recording.warnings);
    assert!(recording.warnings.iter().all(|w| w.len() < 3000));
}
