use crate::support::*;
use motrace_core::{Poll, Source, StreamInfo, Unit};
use motrace_lsl::{LslError, LslOptions, LslSource, Outlet, StreamQuery, clock, discover, find_one};
use std::time::Duration;

#[test]
fn metadata_values_stamps_and_markers_arrive_as_sent() {
    on_loopback();
    let (name, marker_name) = (unique("round"), unique("round-markers"));
    let mut stream = eeg(&name, &["Fc5.", "C3", "Cz", "EOG1"], 250.0);
    stream.channels[1].unit = Unit::Volts;
    stream.channels[2].unit = Unit::Other("degC".into());
    stream.channels[3].role = motrace_core::Role::Eog;
    let mut outlet = Outlet::new(&stream).unwrap();
    let mut marker_outlet = Outlet::new(&markers(&marker_name)).unwrap();

    let options = LslOptions::default();
    let query = StreamQuery { kind: Some("markers".into()), ..StreamQuery::named(&marker_name) };
    let mut source = open_with(&name, &[query], options);
    assert_eq!(source.info().channels, stream.channels);
    assert_eq!((source.info().name.as_str(), source.info().kind.as_str()), (name.as_str(), "EEG"));
    assert_eq!((source.info().source_id.as_str(), source.info().rate_hz), (stream.source_id.as_str(), 250.0));
    assert_eq!(source.info().uid, outlet.info().uid);
    assert!(outlet.wait_for_consumers(PATIENCE));
    assert!(marker_outlet.wait_for_consumers(PATIENCE));
    go_live(&mut source);
    let mut heard = Heard::default();
    expect_clocks(&mut heard, &mut source);

    let start = clock();
    let mut sent = Vec::new();
    for (k, texts) in [(0, "768"), (100, "öffnen 右手 ✋"), (250, "fin")] {
        marker_outlet.push_text(texts, Some(start + f64::from(k) / 250.0)).unwrap();
    }
    for k in 0..500_u16 {
        let k = f32::from(k);
        let sample = [k, -k * 1e-7, k * 1e30, if k == 3.0 { f32::NAN } else { 0.1 }];
        outlet.push(&sample, Some(start + f64::from(k) / 250.0)).unwrap();
        sent.extend_from_slice(&sample);
    }
    let all = |h: &Heard, _: &LslSource| h.samples() == 500 && h.markers.len() == 3;
    assert!(heard.listen(&mut source, PATIENCE, all), "{:?}", source.health());
    let bits = |v: &[f32]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&heard.values), bits(&sent));
    for (k, stamp) in heard.stamps.iter().enumerate() {
        assert_eq!(*stamp, start + k as f64 / 250.0, "raw stamps are not touched");
    }
    assert_eq!(heard.gaps, []);
    let placed: Vec<_> = heard.markers.iter().map(|m| (m.index, m.text.as_str())).collect();
    assert_eq!(placed, [(0, "768"), (100, "öffnen 右手 ✋"), (250, "fin")]);
    assert!((heard.markers[1].time_secs - (start + 0.4)).abs() < 2e-3);
    expect_offset(&mut heard, &mut source, 0.0);
    let health = source.health();
    assert_eq!((health.counters.samples, health.counters.markers), (500, 3));
}

#[test]
fn the_chunking_does_not_matter() {
    on_loopback();
    let name = unique("chunks");
    let mut outlet = Outlet::new(&eeg(&name, &["C3", "C4"], 1000.0)).unwrap();
    let mut source = open_live(&name, &outlet);
    let start = clock();
    let mut heard = Heard::default();
    let mut sent: u16 = 0;
    for size in [1, 7, 64, 333, 1000, 2, 1000, 593] {
        let chunk: Vec<f32> = (sent..sent + size).flat_map(|k| [f32::from(k), 0.5]).collect();
        sent += size;
        outlet.push(&chunk, Some(start + f64::from(sent - 1) / 1000.0)).unwrap();
        heard.expect_samples(&mut source, usize::from(sent));
    }
    assert_eq!(heard.samples(), 3000);
    assert!(heard.values.chunks(2).enumerate().all(|(k, row)| row == [k as f32, 0.5]));
    assert!(heard.stamps.iter().enumerate().all(|(k, t)| (t - start - k as f64 / 1000.0).abs() < 1e-6));
    assert_eq!(heard.gaps, []);
}

#[test]
fn what_was_sent_before_the_session_is_thrown_away() {
    on_loopback();
    // Nothing tells when a library has received what was sent; on a busy machine it takes longer.
    let is_whole = [1, 2, 4, 8, 16, 32].into_iter().any(|secs| {
        let name = unique("flush");
        let mut outlet = Outlet::new(&eeg(&name, &["C3"], 250.0)).unwrap();
        let mut source = open(&name);
        assert!(outlet.wait_for_consumers(PATIENCE));
        let start = clock();
        outlet.push(&[1.0; 200], Some(start)).unwrap();
        std::thread::sleep(Duration::from_secs(secs));
        let mut heard = Heard::default();
        let polls = std::cell::Cell::new(0);
        assert!(heard.listen(&mut source, PATIENCE, |_, _| polls.replace(polls.get() + 1) == 1));
        outlet.push(&[2.0], Some(start + 0.3)).unwrap();
        assert!(heard.listen(&mut source, PATIENCE, |h, _| h.values.last() == Some(&2.0)));
        let (newest, old) = heard.values.split_last().unwrap();
        let flushed = source.counters().flushed;
        assert_eq!((*newest, old.len() as u64 + flushed), (2.0, 200), "each is thrown away or delivered");
        assert!(old.iter().all(|value| *value == 1.0));
        flushed == 200
    });
    assert!(is_whole, "all that had come");
}

#[test]
fn quotes_and_escape_sequences_in_names_work() {
    on_loopback();
    let odd = ["it's", "a \"b\" & <c>", "x' or '1'='1", "../../etc/passwd", "\u{1b}[31mred\u{1b}[0m", "日本語 ]]>"];
    let mut published = Vec::new();
    for odd in odd {
        let mut stream = eeg(&unique(odd), &["C3", "l'a\"b\"<c>&amp;"], 100.0);
        stream.kind = "E'E\"G".into();
        published.push((Outlet::new(&stream).unwrap(), stream.name));
    }
    let lists = |listed: &[StreamInfo], name: &str| listed.iter().any(|s| s.name == name);
    let listed = eventually(
        || discover(Duration::from_secs(2)),
        |outcome| outcome.as_ref().is_ok_and(|listed| published.iter().all(|(_, name)| lists(listed, name))),
    );
    let listed = listed.unwrap();
    for (outlet, name) in &mut published {
        assert!(lists(&listed, name), "{name}");
        let mut source = open(name);
        assert!(outlet.wait_for_consumers(PATIENCE));
        go_live(&mut source);
        assert_eq!(source.info().name, *name);
        assert_eq!(source.info().channels[1].label, "l'a\"b\"<c>&amp;");
        outlet.push(&[1.0, 2.0], None).unwrap();
        let mut heard = Heard::default();
        heard.expect_samples(&mut source, 1);
    }
}

#[test]
fn two_streams_that_answer_are_refused_and_a_uid_pins_one() {
    on_loopback();
    let name = unique("twins");
    let first = Outlet::new(&eeg(&name, &["C3"], 250.0)).unwrap();
    let mut second = Outlet::new(&eeg(&name, &["C4"], 250.0)).unwrap();
    // One whose answer is late can be missed at one look, not at all of them.
    let are_both = |e: &LslError| matches!(e, LslError::Ambiguous { found, .. } if found.len() == 2);
    let error = refusal(|| find_one(&StreamQuery::named(&name), Duration::from_secs(2)), are_both);
    for uid in [&first.info().uid, &second.info().uid] {
        assert!(error.to_string().contains(uid.as_str()), "{error}");
    }
    // Where it is silent for long, its twin would be taken for its successor.
    let options = LslOptions { reconnect: false, ..LslOptions::default() };
    let mut source = patiently(|| LslSource::open(second.info(), vec![], options.clone()));
    assert_eq!(source.info().channels[0].label, "C4");
    assert!(second.wait_for_consumers(PATIENCE) && !first.have_consumers());
    go_live(&mut source);
    second.push(&[7.0], None).unwrap();
    let mut heard = Heard::default();
    heard.expect_samples(&mut source, 1);
}

#[test]
fn a_stream_that_is_not_there_is_told_with_what_is() {
    on_loopback();
    let there = unique("present\u{1b}[2J");
    let _outlet = Outlet::new(&eeg(&there, &["C3"], 250.0)).unwrap();
    let absent = StreamQuery::named(unique("absent"));
    let tells = |e: &LslError| e.to_string().contains("present");
    let error = refusal(|| find_one(&absent, Duration::from_millis(500)), tells).to_string();
    assert!(error.contains("absent"), "{error}");
    assert!(!error.contains('\u{1b}'), "texts of others are cleaned: {error:?}");
    let wrong = LslOptions { expected: Some(eeg("x", &["C4"], 250.0)), ..LslOptions::default() };
    let open = || LslSource::open(StreamQuery::named(&there), vec![], wrong.clone());
    refusal(open, |e| e.to_string().contains("`C3` instead of `C4`"));
}

#[test]
fn nonsense_is_not_published() {
    on_loopback();
    let mut unnamed = eeg("", &["C3"], 250.0);
    assert!(matches!(Outlet::new(&unnamed), Err(LslError::Invalid(_))));
    unnamed.name = unique("nonsense");
    let mut outlet = Outlet::new(&unnamed).unwrap();
    assert!(outlet.push_text("text", None).is_err());
    let mut two = Outlet::new(&eeg(&unique("two"), &["C3", "C4"], 250.0)).unwrap();
    assert!(two.push(&[1.0, 2.0, 3.0], None).is_err());
    assert!(two.push(&[], None).is_ok());
    let fast = eeg(&unique("fast"), &["C3"], 1e12);
    assert!(matches!(Outlet::new(&fast), Err(LslError::TooLarge { .. })));
    let mut long = Outlet::new(&markers(&unique("long"))).unwrap();
    assert!(long.push_text(&"x".repeat(70_000), None).is_err());
}

#[test]
fn late_and_early_markers_find_their_samples_or_are_counted() {
    on_loopback();
    let (name, marker_name) = (unique("epochs"), unique("epoch-markers"));
    let mut outlet = Outlet::new(&eeg(&name, &["C3"], 250.0)).unwrap();
    let mut marks = Outlet::new(&markers(&marker_name)).unwrap();
    let options = LslOptions { buffer_secs: 10.0, ..LslOptions::default() };
    let mut source = open_with(&name, &[StreamQuery::named(&marker_name)], options);
    assert!(outlet.wait_for_consumers(PATIENCE) && marks.wait_for_consumers(PATIENCE));
    go_live(&mut source);
    let mut heard = Heard::default();
    expect_clocks(&mut heard, &mut source);
    let start = clock();
    let at = |index: u16| start + f64::from(index) / 250.0;
    outlet.push(&[0.0; 1000], Some(at(999))).unwrap();
    heard.expect_samples(&mut source, 1000);
    marks.push_text("2 s late", Some(at(500))).unwrap();
    marks.push_text("2 s early", Some(at(1500))).unwrap();
    marks.push_text("between samples", Some(at(700) + 0.002)).unwrap();
    marks.push_text("an hour late", Some(at(0) - 3600.0)).unwrap();
    marks.push_text("an hour early", Some(at(0) + 3600.0)).unwrap();
    let counted =
        |h: &Heard, s: &LslSource| s.counters().late_markers + s.counters().early_markers == 2 && h.markers.len() == 2;
    assert!(heard.listen(&mut source, PATIENCE, counted), "{:?}", source.counters());
    let placed = |h: &Heard| h.markers.iter().map(|m| (m.index, m.text.clone())).collect::<Vec<_>>();
    assert_eq!(placed(&heard), [(500, "2 s late".to_owned()), (701, "between samples".to_owned())]);
    let mut into = Vec::new();
    let mut order = Vec::new();
    outlet.push(&[0.0; 1000], Some(at(1999))).unwrap();
    while order.iter().sum::<usize>() < 1000 {
        match source.poll(&mut into).unwrap() {
            Poll::Samples(count) => order.push(count),
            Poll::Marker(marker) => {
                assert_eq!((marker.index, marker.text.as_str()), (1500, "2 s early"));
                assert_eq!(order.iter().sum::<usize>(), 500, "an early marker comes right before its sample");
            }
            _ => {}
        }
    }
    assert_eq!(source.counters().markers, 3);
}
