use motrace_core::{Channel, Gap, Marker, Poll, Role, Source, StreamInfo, Unit};
use motrace_record::{
    Recording, Replay, ReplayOverrides, SESSION_EVENTS, SelectError, SessionEvent, StreamQuery, Summary, XdfWriter,
};
use std::path::Path;
use std::sync::Arc;

fn play(replay: &mut Replay) -> (Vec<f32>, Vec<Marker>, Vec<Gap>, Vec<usize>) {
    let (mut samples, mut markers, mut gaps, mut blocks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let channels = replay.info().channels.len();
    loop {
        match replay.poll(&mut samples).unwrap() {
            Poll::Samples(count) => blocks.push(count),
            Poll::Marker(marker) => {
                assert_eq!(marker.index as usize, samples.len() / channels);
                markers.push(marker);
            }
            Poll::Gap(gap) => {
                assert_eq!(gap.index as usize, samples.len() / channels);
                gaps.push(gap);
            }
            Poll::Idle => panic!("files are never idle"),
            Poll::End => return (samples, markers, gaps, blocks),
        }
    }
}

/// 1000 samples at 100 Hz with 50 missing before sample 400, cues at 1.005 s and 4.2 s, and the events given.
fn session(path: &Path, events: &[SessionEvent]) -> Arc<Recording> {
    let mut writer = XdfWriter::create(path).unwrap();
    let channel = |label: &str| Channel::new(label, Unit::Unspecified);
    let info = StreamInfo {
        name: "amp".into(),
        kind: "EEG".into(),
        rate_hz: 100.0,
        channels: vec![channel(""), channel("")],
        ..StreamInfo::default()
    };
    let text = |name: &str| StreamInfo {
        name: name.into(),
        kind: name.into(),
        channels: vec![Channel::default()],
        is_text: true,
        ..StreamInfo::default()
    };
    let signal = writer.add_stream(&info).unwrap();
    let cues = writer.add_stream(&text("cues")).unwrap();
    for i in 0..1000_u16 {
        let lost = if i < 400 { 0.0 } else { 0.5 };
        writer.write_samples(signal, &[f64::from(i) / 100.0 + lost], &[f32::from(i), -1.0]).unwrap();
    }
    for (time, text) in [(4.2, "inside the gap"), (1.005, "left"), (-3.0, "too early"), (99.0, "at the end")] {
        writer.write_text(cues, time, text).unwrap();
    }
    if !events.is_empty() {
        let own = writer.add_stream(&text(SESSION_EVENTS)).unwrap();
        for event in events {
            writer.write_text(own, 1.0, &event.to_line()).unwrap();
        }
    }
    writer.finish().unwrap();
    Arc::new(Recording::open(path).unwrap())
}

#[test]
fn samples_markers_and_gaps_come_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let recording = session(&folder.path().join("a.xdf"), &[]);
    let mut replay = Replay::new(recording, &StreamQuery::default(), &ReplayOverrides::default(), 64).unwrap();
    let (samples, markers, gaps, blocks) = play(&mut replay);
    assert_eq!(samples.len(), 2000);
    assert!(samples.chunks_exact(2).enumerate().all(|(i, row)| row == [i as f32, -1.0]));
    let found: Vec<_> = markers.iter().map(|m| (m.index, m.text.as_str())).collect();
    assert_eq!(found, [(101, "left"), (400, "inside the gap"), (1000, "at the end")]);
    assert_eq!(gaps.iter().map(|g| (g.index, g.missing_samples)).collect::<Vec<_>>(), [(400, 50)]);
    assert!(blocks.iter().all(|b| *b <= 64));
    assert!((replay.time_of_index(400) - 4.5).abs() < 1e-6);
    assert!((replay.time_of_index(1010) - 10.6).abs() < 1e-3);
}

#[test]
fn a_sessions_own_events_are_replayed_exactly() {
    let marker = Marker { index: 107, time_secs: 0.1 + 0.2, text: "left".into() };
    let gap = Gap { index: 399, missing_samples: 49, length_secs: 0.1 };
    let beyond = Marker { index: 1 << 40, ..marker.clone() };
    let events = [
        SessionEvent::from(&gap),
        SessionEvent::from(&beyond),
        SessionEvent::from(&marker),
        SessionEvent::Decision(serde_json::json!({"value": 1})),
    ];
    let folder = tempfile::tempdir().unwrap();
    let recording = session(&folder.path().join("a.xdf"), &events);
    let mut replay = Replay::new(recording.clone(), &StreamQuery::default(), &ReplayOverrides::default(), 1).unwrap();
    let (_, markers, gaps, _) = play(&mut replay);
    assert_eq!((markers, gaps), (vec![marker], vec![gap]));
    assert_eq!(recording.markers(recording.signal(&StreamQuery::default()).unwrap()).len(), 1);
}

#[test]
fn labels_units_and_roles_can_be_given() {
    let folder = tempfile::tempdir().unwrap();
    let recording = session(&folder.path().join("a.xdf"), &[]);
    let overrides = |labels: &[&str]| ReplayOverrides {
        labels: Some(labels.iter().map(|l| (*l).to_owned()).collect()),
        unit: Some(Unit::Microvolts),
        roles: vec![("T3".into(), Role::Emg)],
    };
    let new = |o: &ReplayOverrides| Replay::new(recording.clone(), &StreamQuery::default(), o, 10);
    let replay = new(&overrides(&["Cz", "T7"])).unwrap();
    assert_eq!(replay.info().channels[0], Channel { label: "Cz".into(), role: Role::Eeg, unit: Unit::Microvolts });
    assert_eq!(replay.info().channels[1].role, Role::Emg, "T3 is T7");
    let message = |o: &ReplayOverrides| match new(o).unwrap_err() {
        SelectError::Unsuitable { what, .. } => what,
        other => panic!("{other}"),
    };
    assert!(message(&overrides(&["Cz"])).contains("has 1 entries, the stream has 2 channels"));
    assert!(message(&overrides(&["Cz", "C4"])).contains("T3"));
}

#[test]
fn the_summary_says_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let recording = session(&folder.path().join("a.xdf"), &[]);
    let summary = Summary::of(&recording);
    let signal = &summary.streams[0];
    assert_eq!((signal.samples, signal.gaps.len(), signal.channels.len()), (1000, 1, 2));
    assert_eq!(signal.channels.iter().map(|c| c.condition).collect::<Vec<_>>(), ["good", "railed"]);
    let ramp = &signal.channels[0];
    assert_eq!((ramp.minimum, ramp.maximum, ramp.mean), (Some(0.0), Some(999.0), Some(499.5)));
    assert!((ramp.rms.unwrap() - ((1000.0_f64 * 1000.0 - 1.0) / 12.0).sqrt()).abs() < 1e-9);
    assert_eq!(summary.markers.len(), 4);
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["streams"][0]["gaps"][0]["missing_samples"], 50);
    assert_eq!(json["format"], "XDF");
}
