use crate::impostor::Impostor;
use crate::support::*;
use motrace_core::{Gap, SourceError};
use motrace_lsl::{LslOptions, LslSource, Outlet, StreamQuery, StreamState, clock};
use std::time::{Duration, Instant};

#[test]
fn missing_samples_are_reported_where_they_are_missing() {
    on_loopback();
    let name = unique("gap");
    let mut outlet = Outlet::new(&eeg(&name, &["C3"], 250.0)).unwrap();
    let mut source = open_live(&name, &outlet);
    let start = clock() - 10.0;
    let mut heard = Heard::default();
    outlet.push(&[1.0; 1000], Some(start + 999.0 / 250.0)).unwrap();
    heard.expect_samples(&mut source, 1000);
    // 37 samples are lost, then one more.
    outlet.push(&[2.0; 200], Some(start + (1236.0) / 250.0)).unwrap();
    outlet.push(&[3.0; 200], Some(start + (1437.0) / 250.0)).unwrap();
    heard.expect_samples(&mut source, 1400);
    let gaps: Vec<_> = heard.gaps.iter().map(|g| (g.index, g.missing_samples)).collect();
    assert_eq!(gaps, [(1000, 37), (1200, 1)]);
    assert_eq!(source.counters().missing_samples, 38);
}

#[test]
fn a_killed_source_raises_the_alarm_and_is_taken_up_again() {
    on_loopback();
    let name = unique("killed");
    let child = ChildSource::start(&session(), &name, 250.0, "uV", 0.0);
    let mut source = open(&name);
    let mut heard = Heard::default();
    heard.expect_samples(&mut source, 250);
    child.kill();
    assert!(heard.listen(&mut source, PATIENCE, in_state(|s| *s == StreamState::Lost)));
    let before = heard.samples();
    let last_stamp = heard.stamps[before - 1];

    let _again = ChildSource::start(&session(), &name, 250.0, "uV", 0.0);
    heard.expect_samples(&mut source, before + 250);
    assert_eq!(heard.gaps.len(), 1, "{:?}", heard.gaps);
    assert_eq!(heard.gaps[0].index, before as u64);
    let truth = (heard.stamps[before] - last_stamp) * 250.0 - 1.0;
    let missing = heard.gaps[0].missing_samples as f64;
    assert!((missing - truth).abs() <= 1.0, "{missing} missing for {truth}");
    let numbers: Vec<f32> = heard.values[2 * before..].iter().step_by(2).copied().collect();
    assert!(numbers.windows(2).all(|w| w[1] - w[0] == 1.0), "the new process's own numbers go on");
    assert_eq!(source.counters().reconnections, 1);
    let states: Vec<_> = source.take_state_changes().into_iter().map(|c| c.state).collect();
    assert!(states.contains(&StreamState::Lost) && states.contains(&StreamState::Reconnected), "{states:?}");
}

#[test]
fn a_source_that_comes_back_changed_is_refused_until_it_is_right_again() {
    on_loopback();
    let name = unique("changed");
    let child = ChildSource::start(&session(), &name, 250.0, "uV", 0.0);
    let mut source = open(&name);
    let mut heard = Heard::default();
    heard.expect_samples(&mut source, 50);
    child.kill();
    for (rate_hz, unit, what) in [(500.0, "uV", "500 Hz instead of 250 Hz"), (250.0, "mV", "mV instead of µV")] {
        let other = ChildSource::start(&session(), &name, rate_hz, unit, 0.0);
        heard.error = None;
        assert!(!heard.listen(&mut source, PATIENCE, |_, _| false));
        let Some(SourceError::Changed(reason)) = heard.error.take() else { panic!("{:?}", source.state()) };
        assert!(reason.contains(what), "{reason}");
        assert!(matches!(source.state(), StreamState::Refused(r) if r.contains(what)), "{:?}", source.state());
        other.kill();
    }
    let before = heard.samples();
    let _right = ChildSource::start(&session(), &name, 250.0, "uV", 0.0);
    heard.expect_samples(&mut source, before + 10);
}

#[test]
fn a_frozen_source_shows_as_stalled_and_its_burst_is_stamped_right() {
    on_loopback();
    let name = unique("frozen");
    let child = ChildSource::start(&session(), &name, 250.0, "uV", 0.0);
    let mut source = open(&name);
    let mut heard = Heard::default();
    heard.expect_samples(&mut source, 500);
    child.signal("-STOP");
    let stalled = in_state(|s| matches!(s, StreamState::Stalled { .. }));
    assert!(heard.listen(&mut source, PATIENCE, stalled));
    std::thread::sleep(Duration::from_millis(1500));
    child.signal("-CONT");
    let before = heard.samples();
    heard.expect_samples(&mut source, before + 800);
    assert!(heard.listen(&mut source, PATIENCE, in_state(|s| *s == StreamState::Live)), "{:?}", source.state());
    assert_eq!(heard.gaps, [], "nothing was lost");
    for (k, stamp) in heard.stamps.iter().enumerate().skip(heard.samples() - 900) {
        if let Some(fitted) = source.time_of_index(k as u64) {
            assert!((fitted - stamp).abs() < 1e-3, "sample {k}: {fitted} for {stamp}");
        }
    }
    let fresh = |_: &Heard, s: &LslSource| s.health().age_secs.is_some_and(|a| a < 0.5);
    assert!(heard.listen(&mut source, PATIENCE, fresh), "{:?}", source.health());
    // A busy machine may add a short one of its own.
    assert!(source.counters().stalls >= 1);
}

#[test]
fn what_is_not_polled_in_time_is_counted() {
    on_loopback();
    let name = unique("idle");
    let _child = ChildSource::start(&session(), &name, 1000.0, "uV", 0.0);
    let options = LslOptions { buffer_secs: 1.0, ..LslOptions::default() };
    let mut source = open_with(&name, &[], options);
    let mut heard = Heard::default();
    heard.expect_samples(&mut source, 1000);
    let counts = motrace_lsl::backend_name().starts_with("labstream");
    let deadline = Instant::now() + PATIENCE;
    // The child may have been held up as well, and sent nothing meanwhile.
    while largest_gap_alone(&heard) < 1000 || (counts && source.counters().dropped < 1000) {
        assert!(Instant::now() < deadline, "{:?}, {:?}", heard.gaps, source.counters());
        std::thread::sleep(Duration::from_millis(2500));
        let before = heard.samples();
        heard.expect_samples(&mut source, before + 1500);
    }
    // What the library had dropped by now lies before the samples that are still to come.
    let dropped = source.counters().dropped;
    let received = usize::try_from(source.counters().samples).unwrap();
    heard.expect_samples(&mut source, received + 1);
    let (first, last) = (heard.values[0], heard.values[heard.values.len() - 2]);
    let lost = (last - first) as u64 + 1 - heard.samples() as u64;
    // The child's own buffer may have run over too.
    assert!(dropped <= lost, "{dropped} of {lost}");
}

/// Checks the gaps that stand alone, and gives the largest of them. Where a reader is so slow that one gap follows the
/// other, their stamps are too few to size each.
fn largest_gap_alone(heard: &Heard) -> u64 {
    let place = |gap: Option<&Gap>, otherwise: usize| gap.map_or(otherwise, |g| g.index as usize);
    let mut largest = 0;
    for (k, gap) in heard.gaps.iter().enumerate() {
        let at = gap.index as usize;
        let since = at - place(k.checked_sub(1).map(|before| &heard.gaps[before]), 0);
        let until = place(heard.gaps.get(k + 1), heard.samples()).saturating_sub(at);
        if since >= 500 && until >= 100 {
            let lost = (heard.values[2 * at] - heard.values[2 * at - 2]) as u64 - 1;
            assert!(gap.missing_samples.abs_diff(lost) <= 1, "{lost} lost, {gap:?}");
            largest = largest.max(lost);
        }
    }
    largest
}

#[test]
fn clocks_an_hour_apart_are_brought_together() {
    on_loopback();
    let (name, shown, marker_name) = (unique("hour"), unique("hour-shown"), unique("hour-markers"));
    let other_session = format!("{}-other", session());
    let _child = ChildSource::start(&other_session, &name, 250.0, "uV", 3600.0);
    let _impostor = Impostor::of_stream(&other_session, &name, &shown, Some(3600.0));
    let mut marks = Outlet::new(&markers(&marker_name)).unwrap();
    let mut source = open_with(&shown, &[StreamQuery::named(&marker_name)], LslOptions::default());
    assert!(marks.wait_for_consumers(PATIENCE));
    let mut heard = Heard::default();
    let deadline = Instant::now() + PATIENCE;
    loop {
        expect_offset(&mut heard, &mut source, -3600.0);
        let (event, before) = (clock(), heard.markers.len());
        marks.push_text("now", Some(event)).unwrap();
        assert!(heard.listen(&mut source, PATIENCE, |h, _| h.markers.len() > before));
        let marker = &heard.markers[before];
        let placed = heard.stamps.get(marker.index as usize).copied().or_else(|| source.time_of_index(marker.index));
        let late = placed.unwrap() - marker.time_secs;
        assert!((-1e-3..5e-3).contains(&late), "the marker's sample is {late} s after it");
        // A measurement that a busy machine spoils puts it elsewhere for once.
        if (marker.time_secs - (event + 3600.0)).abs() < 2e-3 {
            break;
        }
        assert!(Instant::now() < deadline, "{marker:?}");
    }
    let fresh = |_: &Heard, s: &LslSource| s.health().age_secs.is_some_and(|a| a.abs() < 0.5);
    assert!(heard.listen(&mut source, PATIENCE, fresh), "{:?}", source.health());
}

#[test]
fn blocked_time_ports_leave_the_data_alone_and_show() {
    on_loopback();
    let (name, shown) = (unique("deaf"), unique("deaf-shown"));
    let other_session = format!("{}-other", session());
    let _child = ChildSource::start(&other_session, &name, 250.0, "uV", 0.0);
    let _impostor = Impostor::of_stream(&other_session, &name, &shown, None);
    let mut source = open(&shown);
    let mut heard = Heard::default();
    // A measurement that waits for an answer would let the samples come in few large lots, seconds apart.
    let deadline = Instant::now() + PATIENCE / 2;
    let mut lots = 0;
    while heard.samples() < 750 || lots < 100 {
        assert!(Instant::now() < deadline, "{} samples in {lots} lots", heard.samples());
        let before = heard.samples();
        heard.expect_samples(&mut source, before + 1);
        lots += 1;
    }
    let numbers: Vec<f32> = heard.values.iter().step_by(2).copied().collect();
    assert!(numbers.windows(2).all(|w| w[1] - w[0] == 1.0), "every sample came");
    let health = source.health();
    assert!(!health.clocks_synchronised && health.clock_offset_secs.is_none(), "{health:?}");
}
