#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::*;
use crossbeam_channel::bounded;
use motrace_core::{Channel, Unit, Veto};
use motrace_lsl::Outlet;
use motrace_record::{Recording, Samples};

const PATIENCE: Duration = Duration::from_secs(90);

fn described(name: &str, source_id: &str) -> StreamInfo {
    StreamInfo {
        name: name.into(),
        kind: "EEG".into(),
        source_id: source_id.into(),
        rate_hz: 100.0,
        channels: vec![Channel::new("C3", Unit::Microvolts), Channel::new("C4", Unit::Microvolts)],
        ..StreamInfo::default()
    }
}

fn decision(end: u64, frozen_value: Option<f64>) -> Decision {
    let veto = Veto::GAP.and(Veto::STALE);
    Decision {
        kind: DecisionKind::Trial(3),
        start: 0,
        end,
        value: -1.5,
        probabilities: motrace_core::Probabilities::of_two(0.2),
        veto,
        frozen_value,
    }
}

#[test]
fn other_streams_are_kept_beside_the_signal_and_the_sessions_own_are_not() {
    motrace_lsl::use_loopback(&format!("tests-{}", std::process::id())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.xdf");
    let signal = described("amp", "amp-7");
    let _amplifier = Outlet::new(&signal).unwrap();
    let _own = Outlet::new(&described("cues", &format!("{OWN_SOURCE}1-cues"))).unwrap();
    let mut eyes = Outlet::new(&described("eyes", "tracker")).unwrap();
    let (items, taken) = bounded(64);
    let (observations, observed) = bounded(64);
    let keeping = Keeping {
        info: signal.clone(),
        class_names: vec!["left".into(), "right".into()],
        rate_hz: 100.0,
        relevance_labels: vec!["C3".into(), "C4".into()],
        all_streams: true,
        own_streams: vec![signal],
        publication: None,
    };
    let keeper = Keeper::start(keeping, Some(&path), None, taken, observed).unwrap();
    assert!(eyes.wait_for_consumers(PATIENCE), "it is read from when it appears");
    eyes.push(&[1.0, 2.0, 3.0, 4.0], None).unwrap();

    let stamps: Vec<f64> = (0..50).map(|k| 700.0 + f64::from(k) / 100.0).collect();
    observations.send(Observation::Offset(ClockOffset { time_secs: 700.0, offset_secs: 0.0 })).unwrap();
    observations.send(Observation::Stamps { first: 0, stamps: stamps.clone() }).unwrap();
    let acquired = Instant::now();
    items.send(RecordItem::Samples { first: 0, samples: vec![0.5; 100].into(), acquired }).unwrap();
    let latency = Duration::from_millis(1);
    for (end, frozen) in [(40, None), (50, Some(0.75))] {
        items.send(RecordItem::Decision { decision: decision(end, frozen), trial: None, latency }).unwrap();
    }
    // What has come is in the file soon; what is still on its way when the session ends is not.
    let deadline = Instant::now() + PATIENCE;
    let is_kept = |s: &motrace_record::RecordedStream| s.info.name == "eyes" && s.sample_count() == 2;
    while !Recording::open(&path).is_ok_and(|r| r.streams.iter().any(is_kept)) {
        assert!(Instant::now() < deadline, "what the other stream sent is recorded");
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(items);
    let kept = keeper.finish();
    assert_eq!(kept.error, None);
    let names: Vec<(&str, u64)> = kept.other_streams.iter().map(|s| (s.name.as_str(), s.samples)).collect();
    assert_eq!(names, [("eyes", 2)]);
    // One that answers too slowly is tried again.
    assert!(kept.refused_streams.iter().all(|why| why.contains("`eyes`")), "{:?}", kept.refused_streams);

    let recording = Recording::open(&path).unwrap();
    let stream = |name: &str| recording.streams.iter().find(|s| s.info.name == name);
    assert_eq!(stream("eyes").unwrap().samples, Samples::F32(vec![1.0, 2.0, 3.0, 4.0]));
    assert_eq!(stream("amp").unwrap().sample_count(), 50);
    assert!(stream("cues").is_none() && stream(numbers::RELEVANCE).is_none());
    let decisions = stream(numbers::DECISIONS).unwrap();
    assert_eq!(decisions.arrival_secs, [stamps[39], stamps[49]]);
    let Samples::F64(rows) = &decisions.samples else { panic!("doubles were expected") };
    assert!(rows[2].is_nan());
    assert_eq!(rows[3..8], [1.0, 3.0, 0.0, 40.0, 9.0]);
    assert_eq!(rows[8..], [-1.5, 0.2, 0.75, 1.0, 3.0, 0.0, 50.0, 9.0]);
}
