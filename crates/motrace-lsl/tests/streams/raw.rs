//! Streams as they are, to be recorded.

use crate::support::*;
use motrace_core::{SampleFormat, SampleValues, StreamInfo};
use motrace_lsl::{Arrival, Collector, LslError, Outlet, RawInlet, StreamQuery, clock};
use std::time::{Duration, Instant};

/// How long to look for a stream at once.
const FIND: Duration = Duration::from_secs(5);

/// Pulls until so many samples have come.
fn pull(inlet: &mut RawInlet, count: usize) -> (SampleValues, Vec<f64>) {
    let deadline = Instant::now() + PATIENCE;
    let (mut values, mut stamps) = (SampleValues::new(inlet.format()), Vec::new());
    let (mut all, mut all_stamps) = (values.clone(), Vec::new());
    while all_stamps.len() < count && Instant::now() < deadline {
        if inlet.pull(&mut values, &mut stamps) == 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
        all_stamps.extend_from_slice(&stamps);
        match (&mut all, &values) {
            (SampleValues::Float32(all), SampleValues::Float32(new)) => all.extend_from_slice(new),
            (SampleValues::Double64(all), SampleValues::Double64(new)) => all.extend_from_slice(new),
            (SampleValues::Text(all), SampleValues::Text(new)) => all.extend_from_slice(new),
            (all, new) => panic!("{:?} after {:?}", new.format(), all.format()),
        }
    }
    (all, all_stamps)
}

/// The next stream that was opened. Other tests are on the same network, and their streams may be refused.
fn next_opened(collector: &Collector) -> Option<RawInlet> {
    std::iter::from_fn(|| collector.next()).find_map(|arrival| match arrival {
        Arrival::Opened { inlet, .. } => Some(*inlet),
        Arrival::Refused(_) => None,
    })
}

fn opened(collector: &Collector) -> RawInlet {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(inlet) = next_opened(collector) {
            return inlet;
        }
        assert!(Instant::now() < deadline, "nothing was found");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn numbers_and_texts_are_read_as_they_were_sent() {
    on_loopback();
    let (name, text_name) = (unique("raw-doubles"), unique("raw-texts"));
    let stream = StreamInfo { channels: eeg("", &["C3", "C4"], 0.0).channels, ..eeg(&name, &[], 0.0) };
    let metadata = [("maker", "Müller & <Söhne>")];
    let mut outlet = Outlet::described(&stream, SampleFormat::Double64, &metadata).unwrap();
    let mut texts = Outlet::new(&markers(&text_name)).unwrap();
    let mut inlet = patiently(|| RawInlet::open(StreamQuery::named(&name), FIND));
    let mut text_inlet = patiently(|| RawInlet::open(StreamQuery::named(&text_name), FIND));
    assert_eq!((inlet.format(), text_inlet.format()), (SampleFormat::Double64, SampleFormat::Text));
    assert_eq!(inlet.info().channels, stream.channels);
    let said = inlet.description();
    assert!(said.contains("<maker>Müller &amp; &lt;Söhne&gt;</maker>"), "{said}");
    assert!(said.contains("<channel_format>double64</channel_format>") && said.contains(&inlet.info().uid), "{said}");
    assert!(outlet.wait_for_consumers(PATIENCE) && texts.wait_for_consumers(PATIENCE));

    let start = clock();
    let rows = [[0.1, 1e300], [f64::INFINITY, -0.0], [1.0 / 3.0, 5e-324]];
    let stamps = [start, start - 5.0, start + 7.25];
    for (row, stamp) in rows.iter().zip(stamps) {
        outlet.push_f64(row, Some(stamp)).unwrap();
        texts.push_text(&format!("{row:?} \u{1b} 右"), Some(stamp)).unwrap();
    }
    assert_eq!(pull(&mut inlet, 3), (SampleValues::Double64(rows.concat()), stamps.to_vec()));
    let sent = rows.iter().map(|row| format!("{row:?} \u{1b} 右").into_bytes()).collect();
    assert_eq!(pull(&mut text_inlet, 3), (SampleValues::Text(sent), stamps.to_vec()));

    let mut offsets = Vec::new();
    wait_until("the clock is measured, more than once, and at least once well", || {
        let before = clock();
        if let Some(measured) = inlet.new_clock_measurement() {
            let at = measured.time_secs + measured.offset_secs;
            assert!((before - 1e-6..=clock() + 1e-6).contains(&at), "{measured:?} at {before}");
            let next = inlet.new_clock_measurement();
            assert!(next.is_none_or(|n| n.offset_secs != measured.offset_secs), "each is handed out once");
            offsets.push(measured.offset_secs);
        }
        offsets.len() > 1 && offsets.iter().any(|o| o.abs() < 0.05)
    });

    drop(outlet);
    let (mut values, mut stamps) = (SampleValues::new(SampleFormat::Double64), Vec::new());
    wait_until("the end is noticed", || {
        inlet.pull(&mut values, &mut stamps);
        inlet.is_finished()
    });
}

#[test]
fn what_appears_is_opened_once_and_again_when_it_was_let_go() {
    on_loopback();
    let name = unique("collected");
    let wanted = name.clone();
    let collector = Collector::start(move |stream| stream.name == wanted).unwrap();
    let _other = Outlet::new(&eeg(&unique("not-wanted"), &["C3"], 250.0)).unwrap();
    let outlet = Outlet::new(&eeg(&name, &["C3"], 250.0)).unwrap();
    let first = opened(&collector);
    assert_eq!(first.info().uid, outlet.info().uid);
    let looks = collector.looks();
    while collector.looks() < looks + 3 {
        assert!(next_opened(&collector).is_none(), "it is open already");
        std::thread::sleep(Duration::from_millis(5));
    }
    collector.release(&first.info().uid);
    let second = opened(&collector);
    assert_eq!(second.info().uid, first.info().uid);
    assert_eq!(second.difference(first.info(), first.format()), None);
    drop(outlet);

    // What comes in its place is another connection; whether it continues the stream is told.
    let _same = Outlet::new(&eeg(&name, &["C3"], 250.0)).unwrap();
    let again = opened(&collector);
    assert_ne!(again.info().uid, first.info().uid);
    assert_eq!(again.difference(first.info(), first.format()), None);
    let _changed = Outlet::new_f64(&eeg(&name, &["C3"], 250.0)).unwrap();
    let changed = opened(&collector).difference(first.info(), first.format());
    assert_eq!(changed.as_deref(), Some("double64 samples instead of float32"));
    let _faster = Outlet::new(&eeg(&name, &["C3"], 500.0)).unwrap();
    let changed = opened(&collector).difference(first.info(), first.format());
    assert!(changed.is_some_and(|why| why.contains("500 Hz instead of 250 Hz")));
}

#[test]
fn a_twin_is_not_opened_by_chance() {
    on_loopback();
    let name = unique("raw-twins");
    let twins = [eeg(&name, &["C3"], 250.0), eeg(&name, &["C3"], 250.0)].map(|s| Outlet::new(&s).unwrap());
    refusal(|| RawInlet::open(StreamQuery::named(&name), FIND), |e| matches!(e, LslError::Ambiguous { .. }));
    let pinned = patiently(|| RawInlet::open(twins[1].info(), FIND));
    assert_eq!(pinned.info().uid, twins[1].info().uid);
}
