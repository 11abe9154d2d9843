//! The simulated person as a participant: `motrace stream sim --follow` reads a session's cues over LSL.

use motrace_core::{Channel, Poll, Source, StreamInfo, Unit};
use motrace_lsl::{LslOptions, LslSource, Outlet, StreamQuery, clock};
use motrace_signal::welch_psd;
use motrace_tests::{Watched, motrace, repository, start_on};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");
const RATE_HZ: f64 = 250.0;

/// The EEG as it arrives.
struct Amplifier {
    source: LslSource,
    /// Interleaved.
    values: Vec<f32>,
    channels: usize,
}

impl Amplifier {
    fn read(&mut self) {
        if let Poll::Gap(gap) = self.source.poll(&mut self.values).expect("a stream") {
            panic!("{gap:?}");
        }
    }

    fn read_until(&mut self, secs: f64) {
        let until = clock() + secs;
        while clock() < until {
            self.read();
        }
    }

    /// Reads until so many samples are there, however long they take.
    fn read_samples(&mut self, count: u64) {
        let begin = Instant::now();
        while self.values.len() < count as usize * self.channels {
            assert!(begin.elapsed() < Duration::from_secs(120), "{} of {count} samples", self.values.len());
            self.read();
        }
    }

    /// The power of the mu band at a channel from the first to the second time, in seconds after sample `at`.
    fn power(&self, label: &str, at: u64, secs: [f64; 2]) -> f64 {
        let place = self.source.info().channel_index(label).expect("the channel");
        let [begin, end] = secs.map(|s| (at as f64 + s * RATE_HZ) as usize);
        let signal: Vec<f64> =
            (begin..end).map(|sample| f64::from(self.values[sample * self.channels + place])).collect();
        let spectrum = welch_psd(&signal, RATE_HZ, signal.len());
        let band = spectrum.freqs_hz.iter().zip(&spectrum.density).filter(|(hz, _)| (9.0..13.0).contains(*hz));
        band.map(|(_, density)| density).sum()
    }
}

fn cues(session: &str) -> Outlet {
    let stream = StreamInfo {
        name: format!("{session}-cues"),
        kind: "Markers".into(),
        source_id: format!("motrace-session-{session}"),
        channels: vec![Channel::new("marker", Unit::Unspecified)],
        is_text: true,
        ..StreamInfo::default()
    };
    Outlet::new(&stream).expect("announced")
}

#[test]
fn a_follower_imagines_what_the_cues_ask_for_a_human_delay_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let session = format!("person-{}", std::process::id());
    let lsl = folder.path().join("lsl_api.cfg");
    std::fs::write(&lsl, motrace_lsl::loopback_config(&session).expect("a configuration")).expect("written");
    motrace_lsl::use_loopback(&session).expect("the loopback");
    // A person in whom much changes, so that few trials show it.
    let config = folder.path().join("person.toml");
    let text = "[simulation]\nsignal_strength = 1.4\nrhythm_volts = 20e-6\nblinks_per_minute = 0.0\n\
        clenches_per_minute = 0.0\n[[trials.classes]]\nname = \"left\"\nmarkers = [\"go-one\"]\n\
        [[trials.classes]]\nname = \"right\"\nmarkers = [\"go-two\"]\n";
    std::fs::write(&config, text).expect("written");
    let config = config.to_str().expect("UTF-8");

    let arguments = ["stream", "sim", "-c", config, "--name", "person", "--follow", "lab", "--seconds", "900"];
    let mut person = Watched::new(start_on(&lsl, PROGRAM, &arguments));
    person.wait_for("waiting for the cues of the session \"lab\"", 120);
    // It streams already, without a session.
    let source = LslSource::open(
        StreamQuery::named("person"),
        vec![],
        // Nobody reads while it is waited for what the person says.
        LslOptions { find_wait: Duration::from_secs(60), buffer_secs: 300.0, ..LslOptions::default() },
    )
    .expect("the person's EEG");
    let channels = source.info().channels.len();
    let mut amplifier = Amplifier { source, values: Vec::new(), channels };
    amplifier.read_samples(250);

    let _other = cues("somebody-elses");
    let mut sent: Vec<u64> = Vec::new();
    for part in 0..2 {
        let mut outlet = cues("lab");
        person.wait_for("following the session \"lab\"", 120);
        let begin = Instant::now();
        while !outlet.have_consumers() {
            assert!(begin.elapsed() < Duration::from_secs(120), "the person follows, but does not listen");
            amplifier.read_until(0.05);
        }
        // The first texts wait for the clocks to be compared.
        amplifier.read_until(2.5);
        for trial in 0..5 {
            // The second part speaks in codes.
            let left = if part == 0 { "go-one" } else { "769" };
            outlet.push_text("fixation", None).expect("sent");
            let shown = clock();
            // A marker is sent when the cue was drawn: a little after the time it bears.
            amplifier.read_until(0.03);
            outlet.push_text(left, Some(shown)).expect("sent");
            amplifier.read_until(2.0);
            outlet
                .push_text(if trial % 2 == 0 { "imagery-end" } else { "trial-broken-off a gap" }, None)
                .expect("sent");
            amplifier.read_until(2.0);
            sent.push(amplifier.source.index_of_time(shown).expect("within the buffer"));
        }
        if part == 0 {
            drop(outlet);
            person.wait_for("the session has gone", 120);
        }
    }
    amplifier.read_samples(sent.iter().max().expect("cues") + 3 * RATE_HZ as u64);
    let (mut ratios, mut ipsilateral) = (Vec::new(), Vec::new());
    for &cue in &sent {
        for (label, ratios) in [("C4", &mut ratios), ("C3", &mut ipsilateral)] {
            // Reaction 0.3 to 0.5 s, then the rhythms follow with 0.15 s; before, nothing may change.
            let rest = amplifier.power(label, cue, [-0.9, 0.28]);
            let imagined = amplifier.power(label, cue, [0.85, 2.0]);
            ratios.push(imagined / rest);
        }
    }
    // The middle one: a trial whose cue was sent or heard of late, on a busy machine, is imagined late.
    let middle = |ratios: &[f64]| {
        let mut sorted = ratios.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    };
    let (opposite, same) = (middle(&ratios), middle(&ipsilateral));
    println!("power against rest: C4 {opposite:.2}, C3 {same:.2} over {} trials", sent.len());
    assert!(opposite < 0.5 && opposite < 0.8 * same, "C4 {opposite}, C3 {same}: {ratios:?}");
    person.signal("INT");
    let run = person.finish(120).succeeded();
    assert!(run.stdout.contains("10 cues were followed"), "{run:#?}");
}

#[test]
fn only_the_simulated_person_follows() {
    let demo = repository().join("recordings/demo.xdf");
    let run = motrace(PROGRAM, &["stream", demo.to_str().expect("UTF-8"), "--follow"], 120);
    run.refused(2, "only the simulated person");
    motrace(PROGRAM, &["stream", "sim", "--follow", "--loop"], 120).refused(2, "--follow");
}
