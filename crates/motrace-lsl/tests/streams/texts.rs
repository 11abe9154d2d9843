//! Texts in, markers from within, numbers of 64 bit out.

use crate::support::*;
use motrace_core::{Channel, SampleFormat, StreamInfo, Unit};
use motrace_lsl::{
    LslError, LslOptions, LslSource, Outlet, StreamQuery, StreamState, TextInlet, TimedText, clock, find_one,
};
use std::time::{Duration, Instant};

fn listen(inlet: &mut TextInlet, count: usize) -> Vec<TimedText> {
    let deadline = Instant::now() + PATIENCE;
    let mut texts = Vec::new();
    while texts.len() < count && Instant::now() < deadline {
        inlet.poll(&mut texts);
        std::thread::sleep(Duration::from_millis(2));
    }
    texts
}

/// How long to look for a stream at once.
const FIND: Duration = Duration::from_secs(5);

#[test]
fn texts_arrive_as_sent_and_on_the_local_clock() {
    on_loopback();
    let name = unique("texts");
    let mut outlet = Outlet::new(&StreamInfo { kind: "motrace-stage".into(), ..markers(&name) }).unwrap();
    let query = StreamQuery { kind: Some("motrace-stage".into()), ..StreamQuery::named(&name) };
    let mut inlet = patiently(|| TextInlet::open(query.clone(), FIND));
    assert_eq!(inlet.info().uid, outlet.info().uid);
    assert!(outlet.wait_for_consumers(PATIENCE));
    let mut nothing = Vec::new();
    wait_until("the clock is measured well", || {
        inlet.poll(&mut nothing);
        inlet.clock_error_secs().is_some_and(|e| e < 0.05)
    });
    let start = clock();
    let long = "右".repeat(20_000);
    let sent = [("{\"show\":1}", start - 1.5), (long.as_str(), start), ("\u{1b}[2J raw", start + 2.0)];
    for (text, stamp) in sent {
        outlet.push_text(text, Some(stamp)).unwrap();
    }
    let heard = listen(&mut inlet, 3);
    let is = heard.iter().map(|t| (t.text.as_str(), t.stamp_secs)).collect::<Vec<_>>();
    assert_eq!(is, sent);
    for text in &heard {
        assert!(text.is_synchronised);
        assert_eq!(text.local_secs, text.stamp_secs, "one clock, so nothing is added");
    }
    assert_eq!(inlet.local_time(start), Some(start));
    assert_eq!(*inlet.state(), StreamState::Live);

    let uid = outlet.info().uid.clone();
    drop(outlet);
    wait_until("the loss is noticed", || *inlet.poll(&mut nothing) == StreamState::Lost);
    let mut outlet = Outlet::new(&StreamInfo { kind: "motrace-stage".into(), ..markers(&name) }).unwrap();
    wait_until("it comes back", || {
        let is_back = matches!(inlet.poll(&mut nothing), StreamState::Reconnected);
        is_back && outlet.have_consumers()
    });
    let again = clock() + 9.0;
    outlet.push_text("again", Some(again)).unwrap();
    let heard = listen(&mut inlet, 1);
    assert_eq!((heard[0].text.as_str(), heard[0].local_secs), ("again", again));
    assert_ne!(inlet.info().uid, uid);
    assert_eq!((nothing.len(), inlet.dropped()), (0, 0));
}

#[test]
fn texts_without_a_stamp_have_the_time_they_came() {
    on_loopback();
    let name = unique("unstamped");
    let mut outlet = Outlet::new(&markers(&name)).unwrap();
    let mut inlet = patiently(|| TextInlet::open(StreamQuery::named(&name), FIND));
    assert!(outlet.wait_for_consumers(PATIENCE));
    let before = clock();
    outlet.push_text("when?", Some(f64::NAN)).unwrap();
    let heard = listen(&mut inlet, 1);
    assert!((before..=clock()).contains(&heard[0].local_secs) && !heard[0].is_synchronised, "{heard:?}");
}

#[test]
fn what_is_not_irregular_text_is_refused_and_twins_too() {
    on_loopback();
    let (numbers, texts) = (unique("numbers"), unique("twin-texts"));
    let _outlet = Outlet::new(&eeg(&numbers, &["C3"], 0.0)).unwrap();
    refusal(|| TextInlet::open(StreamQuery::named(&numbers), FIND), |e| matches!(e, LslError::Refused { .. }));
    let twins = [markers(&texts), markers(&texts)].map(|m| Outlet::new(&m).unwrap());
    refusal(|| TextInlet::open(StreamQuery::named(&texts), FIND), |e| matches!(e, LslError::Ambiguous { .. }));
    let pinned = patiently(|| TextInlet::open(twins[1].info(), FIND));
    assert_eq!(pinned.info().uid, twins[1].info().uid, "a uid pins one");
}

#[test]
fn a_sent_marker_falls_on_the_sample_of_a_streamed_one() {
    on_loopback();
    let (name, marker_name) = (unique("inject"), unique("inject-markers"));
    let mut outlet = Outlet::new(&eeg(&name, &["C3"], 250.0)).unwrap();
    let mut marks = Outlet::new(&markers(&marker_name)).unwrap();
    let options = LslOptions { buffer_secs: 10.0, ..LslOptions::default() };
    let mut source = open_with(&name, &[StreamQuery::named(&marker_name)], options);
    let sender = source.marker_sender();
    assert!(outlet.wait_for_consumers(PATIENCE) && marks.wait_for_consumers(PATIENCE));
    let start = clock();
    let at = |index: f64| start + index / 250.0;
    assert!(sender.send("before the first poll".into(), at(0.0)));
    go_live(&mut source);
    let mut heard = Heard::default();
    expect_clocks(&mut heard, &mut source);
    // The one above waits for the clock too, but not forever.
    let unsynchronised = source.counters().unsynchronised_markers;
    // Before the first sample, on samples, between them, and early.
    let positions = [0.0, 3.0, 100.0, 100.5, 333.25, 777.9, 1500.0];
    for (k, position) in positions.iter().enumerate() {
        marks.push_text(&format!("streamed {k}"), Some(at(*position))).unwrap();
        let sender = sender.clone();
        let (text, time) = (format!("sent {k}"), at(*position));
        assert!(std::thread::spawn(move || sender.send(text, time)).join().unwrap());
    }
    outlet.push(&[0.0; 1000], Some(at(999.0))).unwrap();
    heard.expect_samples(&mut source, 1000);
    // Late ones.
    marks.push_text("streamed 7", Some(at(500.5))).unwrap();
    assert!(sender.send("sent 7".into(), at(500.5)));
    assert!(sender.send("an hour late".into(), at(0.0) - 3600.0));
    outlet.push(&[0.0; 1000], Some(at(1999.0))).unwrap();
    let all = |h: &Heard, s: &LslSource| h.markers.len() == 17 && s.counters().late_markers == 1;
    assert!(heard.listen(&mut source, PATIENCE, all), "{:?} {:?}", heard.markers, source.counters());
    let index_of = |text: String| heard.markers.iter().find(|m| m.text == text).map(|m| (m.index, m.time_secs));
    assert_eq!(index_of("before the first poll".into()), Some((0, start)));
    for (k, expected) in [0, 3, 100, 101, 334, 778, 1500, 501].into_iter().enumerate() {
        let (sent, streamed) = (index_of(format!("sent {k}")), index_of(format!("streamed {k}")));
        assert_eq!(sent, streamed, "marker {k}");
        assert_eq!(sent.map(|(index, _)| index), Some(expected), "marker {k}");
    }
    assert_eq!(source.counters().unsynchronised_markers, unsynchronised);
    assert!(!sender.send("x".repeat(70_000), start) && !sender.send("when?".into(), f64::NAN));
    drop(source);
    assert!(!sender.send("nobody".into(), start), "the source is gone");
}

#[test]
fn a_sent_marker_is_on_time_in_a_running_stream() {
    on_loopback();
    let name = unique("inject-running");
    let child = ChildSource::start(&session(), &name, 250.0, "uV", 0.0);
    let mut source = open(&name);
    let sender = source.marker_sender();
    let mut heard = Heard::default();
    heard.expect_samples(&mut source, 100);
    let soon = clock() + 0.5;
    assert!(sender.send("soon".into(), soon));
    let passed = |h: &Heard, _: &LslSource| h.markers.first().is_some_and(|m| h.samples() as u64 > m.index);
    assert!(heard.listen(&mut source, PATIENCE, passed));
    let marker = &heard.markers[0];
    let off_secs = heard.stamps[usize::try_from(marker.index).unwrap()] - soon;
    assert!((-1e-3..5e-3).contains(&off_secs), "{off_secs}");
    assert_eq!(marker.time_secs, soon, "one clock, so nothing is added");
    child.kill();
}

#[test]
fn numbers_of_64_bit_go_out_with_what_is_said_of_them() {
    on_loopback();
    let name = unique("decisions");
    let stream = StreamInfo {
        name: name.clone(),
        kind: "motrace-decisions".into(),
        channels: vec![Channel::new("value", Unit::Unspecified), Channel::new("time", Unit::Other("s".into()))],
        ..StreamInfo::default()
    };
    let metadata = [("classes", "left <hand>, right & hand"), ("model_digest", "00ff")];
    let mut outlet = Outlet::described(&stream, SampleFormat::Double64, &metadata).unwrap();
    assert!(outlet.push(&[1.0, 2.0], None).is_err() && outlet.push_f64(&[1.0], None).is_err());
    assert!(outlet.push_text("text", None).is_err());
    let found = patiently(|| find_one(&StreamQuery::named(&name), FIND));
    assert_eq!((&found.channels, found.rate_hz, found.is_text), (&stream.channels, 0.0, false));
    outlet.push_f64(&[0.1, 1e300], None).unwrap();
    assert!(outlet.push_f64(&[], None).is_ok());

    assert!(Outlet::new_f64(&markers(&unique("text-f64"))).is_err());
    assert!(Outlet::described(&stream, SampleFormat::Int16, &[]).is_err());
    assert!(Outlet::described(&stream, SampleFormat::Double64, &[("a b", "c")]).is_err());
    assert!(Outlet::new_f64(&eeg(&unique("regular-f64"), &["C3"], 250.0)).is_ok());
}
