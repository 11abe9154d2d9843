//! The simulation keeps the contract of a source: same bits for a seed, whatever the chunks; indices that fit.

use motrace_core::{Gap, Marker, Poll, Source};
use motrace_sim::{Cues, Imagery, Simulation, SimulationError, SimulationSettings};
use proptest::prelude::*;

#[derive(Debug, PartialEq)]
struct Delivered {
    bits: Vec<u32>,
    markers: Vec<Marker>,
    gaps: Vec<Gap>,
}

fn deliver(settings: SimulationSettings) -> Delivered {
    let channels = settings.labels.len();
    let chunk = settings.chunk_samples;
    let mut simulation = Simulation::new(settings).expect("valid settings");
    let mut all = Delivered { bits: Vec::new(), markers: Vec::new(), gaps: Vec::new() };
    let mut samples = Vec::new();
    let mut index = 0;
    loop {
        let before = samples.len();
        match simulation.poll(&mut samples).expect("a simulation never fails") {
            Poll::Samples(count) => {
                assert!((1..=chunk).contains(&count));
                assert_eq!(samples.len() - before, count * channels);
                index += count as u64;
            }
            Poll::Marker(marker) => {
                assert_eq!(marker.index, index, "told right before its sample");
                all.markers.push(marker);
            }
            Poll::Gap(gap) => {
                assert_eq!(gap.index, index, "told right before the first sample after it");
                assert!(gap.missing_samples > 0 && gap.length_secs > 0.0);
                all.gaps.push(gap);
            }
            Poll::Idle => panic!("a simulation is never idle"),
            Poll::End => break,
        }
    }
    assert_eq!(simulation.poll(&mut samples).expect("never fails"), Poll::End, "the end stays the end");
    all.bits = samples.iter().map(|v| v.to_bits()).collect();
    all
}

fn short(seed: u64, chunk_samples: usize) -> SimulationSettings {
    SimulationSettings {
        seed,
        chunk_samples,
        labels: ["C3", "Cz", "C4"].map(str::to_owned).to_vec(),
        cues: Cues::PerClass(2),
        dropouts_per_minute: 60.0,
        ..SimulationSettings::default()
    }
}

#[test]
fn a_seed_gives_the_same_bits_every_time() {
    let first = deliver(short(7, 10));
    assert_eq!(first, deliver(short(7, 10)));
    assert_ne!(first.bits, deliver(short(8, 10)).bits);
    assert!(first.gaps.len() > 5, "{}", first.gaps.len());
    assert_eq!(first.markers.len(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn chunks_do_not_matter(seed in 0..1000_u64, chunk in 1..2000_usize) {
        prop_assert_eq!(deliver(short(seed, chunk)), deliver(short(seed, 1)));
    }
}

#[test]
fn time_goes_on_while_samples_are_lost() {
    let delivered = deliver(short(3, 25));
    let lost_before =
        |index: u64| delivered.gaps.iter().filter(|g| g.index <= index).map(|g| g.missing_samples).sum::<u64>();
    for marker in &delivered.markers {
        let sample_secs = (marker.index + lost_before(marker.index)) as f64 / 250.0;
        // A cue inside a gap falls on the first sample after it.
        assert!((0.0..0.21).contains(&(sample_secs - marker.time_secs)), "{sample_secs} {}", marker.time_secs);
    }
    assert_eq!(delivered.markers[0].time_secs, 3.0);
}

#[test]
fn cues_are_balanced_and_end() {
    let settings = SimulationSettings { cues: Cues::PerClass(7), ..short(5, 100) };
    let delivered = deliver(settings);
    let count = |name: &str| delivered.markers.iter().filter(|m| m.text == name).count();
    assert_eq!((count("left"), count("right"), delivered.markers.len()), (7, 7, 14));
    let nobody = deliver(SimulationSettings { cues: Cues::PerClass(0), ..short(5, 100) });
    assert!(nobody.markers.is_empty());
}

#[test]
fn the_endless_does_not_end() {
    let settings = SimulationSettings { cues: Cues::Endless, dropouts_per_minute: 0.0, ..short(5, 100) };
    let mut simulation = Simulation::new(settings).expect("valid settings");
    let mut frame = [0.0; 3];
    let mut cues = Vec::new();
    for _ in 0..250 * 60 * 10 {
        let step = simulation.next_frame(&mut frame).expect("it does not end");
        cues.extend(step.cue.map(|(imagery, _)| imagery));
    }
    assert!((90..110).contains(&cues.len()), "{}", cues.len());
    let left = cues.iter().filter(|c| **c == Imagery::LeftHand).count();
    assert!(left.abs_diff(cues.len() - left) <= 4);
    assert!(simulation.truth().trials.len() >= cues.len() - 1);
}

#[test]
fn the_stream_describes_itself() {
    let simulation = Simulation::new(SimulationSettings::default()).expect("valid settings");
    let info = simulation.info();
    assert_eq!((info.rate_hz, info.channels.len(), info.kind.as_str()), (250.0, 22, "EEG"));
    assert_eq!(info.channels[0].unit.in_volts(), Some(1e-6));
    assert_eq!(info.montage().len(), 22, "all channels are EEG");
}

#[test]
fn impossible_settings_are_refused() {
    let error = |change: fn(&mut SimulationSettings)| {
        let mut settings = SimulationSettings::default();
        change(&mut settings);
        Simulation::new(settings).expect_err("refused")
    };
    assert_eq!(error(|s| s.labels.clear()), SimulationError::Channels(0));
    assert_eq!(error(|s| s.labels[3] = "X9".into()), SimulationError::UnknownElectrode("X9".into()));
    assert!(matches!(error(|s| s.rate_hz = f64::NAN), SimulationError::Rate(_)));
    assert!(matches!(error(|s| s.rate_hz = 40.0), SimulationError::Rate(_)));
    assert_eq!(error(|s| s.classes.clear()), SimulationError::NoClasses);
    for change in [
        (|s| s.signal_strength = -1.0) as fn(&mut SimulationSettings),
        |s| s.blinks_per_minute = f64::INFINITY,
        |s| s.timing.pause_secs = [3.0, 2.0],
        |s| s.timing.reaction_secs = [0.0, f64::NAN],
        |s| s.chunk_samples = 0,
        |s| s.line_hz = 200.0,
    ] {
        assert!(matches!(error(change), SimulationError::OutOfRange { .. }));
    }
    assert_eq!(
        error(|s| s.signal_strength = 3.0).to_string(),
        "the simulation's signal strength is 3, but must lie within 0 to 1.5"
    );
}
