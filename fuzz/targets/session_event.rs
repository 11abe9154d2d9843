//! A line of a session's own events: what is read is written and read again as the same.
#![no_main]

use motrace_record::SessionEvent;

libfuzzer_sys::fuzz_target!(|line: &str| {
    if let Some(event) = SessionEvent::parse(line) {
        assert_eq!(SessionEvent::parse(&event.to_line()), Some(event));
    }
});
