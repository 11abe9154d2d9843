//! What is wrong with a stream, in words: pure functions of what it says and what it did.

use super::Check;
use crate::output::duration;
use motrace_core::{Role, StreamInfo, Unit, canonical_label, clean_text};
use std::collections::BTreeSet;

const ABOUT: &str = "streams";

/// What a stream did while one listened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Behaviour {
    /// The rate it declares.
    pub nominal_hz: f64,
    /// The rate that was measured.
    pub rate_hz: f64,
    /// Its standard error.
    pub rate_error_hz: f64,
    /// Samples that came.
    pub samples: u64,
    /// Gaps in between.
    pub gaps: u64,
    /// Samples missing there.
    pub missing_samples: u64,
    /// Stamps before the one before.
    pub disordered: u64,
    /// Times nothing came for longer than 0.4 s.
    pub stalls: u64,
    /// Whether it went away.
    pub is_gone: bool,
    /// How far its clock offset can be off; none where it could not be measured.
    pub clock_error_secs: Option<f64>,
}

fn shown(stream: &StreamInfo) -> String {
    format!("`{}`", clean_text(&stream.name, 60))
}

fn is_eeg(stream: &StreamInfo) -> bool {
    stream.kind.eq_ignore_ascii_case("EEG")
}

/// Two streams that could be taken for each other; each pair is named with one of the two.
pub fn of_neighbours(stream: &StreamInfo, all: &[StreamInfo]) -> Vec<Check> {
    let others = || all.iter().filter(|other| other.uid > stream.uid);
    let name = shown(stream);
    let mut checks = Vec::new();
    if let Some(twin) = others().find(|other| !stream.source_id.is_empty() && other.source_id == stream.source_id) {
        let id = clean_text(&stream.source_id, 60);
        let finding = format!("{name} and {} have the same source id `{id}`", shown(twin));
        let advice = "after an interruption one could be taken for the other; stop one of the two programs, or give one another id";
        checks.push(if is_eeg(stream) || is_eeg(twin) {
            Check::bad(ABOUT, finding, advice)
        } else {
            Check::careful(ABOUT, finding, advice)
        });
    }
    if let Some(namesake) = others().find(|other| other.name == stream.name && other.kind == stream.kind) {
        checks.push(Check::careful(
            ABOUT,
            format!("{name} is there twice, on {} and on {}", host(stream), host(namesake)),
            "name the one you mean by its source id, [stream] source_id, or stop the other",
        ));
    }
    checks
}

fn host(stream: &StreamInfo) -> String {
    clean_text(&stream.host, 60)
}

/// What a stream says of itself. `complete` is the same with what the configuration adds.
pub fn of_description(stream: &StreamInfo, complete: &StreamInfo) -> Vec<Check> {
    let name = shown(stream);
    let mut checks = Vec::new();
    if stream.source_id.is_empty() {
        checks.push(Check::careful(
            ABOUT,
            format!("{name} has no source id"),
            "it cannot be known again after an interruption; its program should set one",
        ));
    }
    if !is_eeg(complete) {
        return checks;
    }
    if complete.is_text || complete.is_irregular() {
        checks.push(Check::bad(
            ABOUT,
            format!("{name} is of type EEG, but declares no sampling rate"),
            "its program should declare the amplifier's rate; EEG cannot be decoded without",
        ));
        return checks;
    }
    let eeg: Vec<_> = complete.channels.iter().filter(|c| c.role == Role::Eeg).collect();
    let unlabelled = eeg.iter().filter(|c| c.label.trim().is_empty()).count();
    if unlabelled > 0 {
        checks.push(Check::careful(
            ABOUT,
            format!("{name}: {unlabelled} of {} EEG channels have no label", eeg.len()),
            "give them in the amplifier's order in the configuration, [stream] labels = [\"C3\", \"Cz\", …]",
        ));
    }
    let labels: Vec<String> = eeg.iter().map(|c| canonical_label(&c.label)).filter(|l| !l.is_empty()).collect();
    let mut seen = BTreeSet::new();
    if let Some(twice) = labels.iter().find(|label| !seen.insert(label.as_str())) {
        checks.push(Check::careful(
            ABOUT,
            format!("{name} has two channels called {}", clean_text(twice, 20)),
            "name all channels in the configuration, [stream] labels",
        ));
    }
    let missing: Vec<&str> =
        ["C3", "Cz", "C4"].into_iter().filter(|l| !labels.iter().any(|own| own.eq_ignore_ascii_case(l))).collect();
    if unlabelled == 0 && !missing.is_empty() {
        checks.push(Check::careful(
            ABOUT,
            format!("{name} has no {}", missing.join(", ")),
            "hand imagery shows above them; place electrodes there",
        ));
    }
    if eeg.iter().any(|c| c.unit == Unit::Unspecified) {
        checks.push(Check::careful(
            ABOUT,
            format!("{name} does not say the unit of its samples"),
            "say it in the configuration, [stream] unit = \"microvolts\"; it is never guessed",
        ));
    } else if let Some(odd) = eeg.iter().find(|c| matches!(c.unit, Unit::Other(_))) {
        checks.push(Check::careful(
            ABOUT,
            format!("{name}: channel {} is in {}", clean_text(&odd.label, 20), clean_text(odd.unit.name(), 20)),
            "that is no voltage; leave the channel out, or give it a role in [stream.roles]",
        ));
    }
    if complete.rate_hz < 100.0 {
        checks.push(Check::careful(
            ABOUT,
            format!("{name} has a rate of {} Hz", complete.rate_hz),
            "the beta rhythm needs 100 Hz or more",
        ));
    }
    checks
}

/// What it did.
pub fn of_behaviour(name: &str, did: &Behaviour) -> Vec<Check> {
    let name = format!("`{name}`");
    let mut checks = Vec::new();
    if did.samples == 0 {
        checks.push(Check::bad(
            ABOUT,
            format!("{name} sends no samples"),
            "see whether the amplifier runs, and whether its program does",
        ));
        return checks;
    }
    if did.is_gone {
        checks.push(Check::bad(
            ABOUT,
            format!("{name} went away while it was listened to"),
            "see to the connection between the amplifier and its computer",
        ));
    }
    if did.gaps > 0 {
        let finding = format!("{name} has {} gaps; {} samples are missing", did.gaps, did.missing_samples);
        let share = did.missing_samples as f64 / (did.samples + did.missing_samples) as f64;
        let advice = "trials with gaps do not count; see to the radio link, the cable, the load of its computer";
        checks.push(Check::graded(ABOUT, share.max(1e-9), [0.0, 0.01], finding, advice));
    }
    if did.disordered > 0 {
        checks.push(Check::careful(
            ABOUT,
            format!("{name}: {} stamps lie before the one before", did.disordered),
            "the clock of its computer is being set; let its time service settle",
        ));
    }
    if did.stalls > 0 {
        checks.push(Check::careful(
            ABOUT,
            format!("{name} paused {} times for more than 0.4 s", did.stalls),
            "feedback stops meanwhile; smaller blocks in its program, or a better link, help",
        ));
    }
    let off = (did.rate_hz - did.nominal_hz).abs();
    if off > 0.005 * did.nominal_hz && off > 4.0 * did.rate_error_hz {
        checks.push(Check::graded(
            ABOUT,
            off / did.nominal_hz,
            [0.0, 0.02],
            format!("{name} declares {} Hz and sends {:.2} Hz", did.nominal_hz, did.rate_hz),
            "filters would be off by as much; set its program to the amplifier's true rate",
        ));
    }
    match did.clock_error_secs {
        Some(error) => {
            if error > 0.002 {
                let finding = format!("the clock of {name} is known to ± {} only", duration(error));
                let advice = "cues are placed no better than that; use a cable instead of a radio network";
                checks.push(Check::graded(ABOUT, error, [0.0, 0.02], finding, advice));
            }
        }
        None => checks.push(Check::careful(
            ABOUT,
            format!("the clock of {name} could not be compared"),
            "see that a firewall lets UDP through between the two computers, or measure longer",
        )),
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;
    use motrace_core::Channel;

    fn amplifier(uid: &str) -> StreamInfo {
        StreamInfo {
            name: "amp".into(),
            kind: "EEG".into(),
            source_id: "amp-7".into(),
            uid: uid.into(),
            rate_hz: 250.0,
            channels: ["C3", "Cz", "C4"].map(|label| Channel::new(label, Unit::Microvolts)).to_vec(),
            ..StreamInfo::default()
        }
    }

    fn words(checks: &[Check]) -> String {
        checks.iter().map(|c| format!("{}: {}\n", c.verdict.name(), c.finding)).collect()
    }

    #[test]
    fn a_proper_stream_has_no_problems() {
        let stream = amplifier("1");
        assert_eq!(of_description(&stream, &stream), []);
        assert_eq!(of_neighbours(&stream, std::slice::from_ref(&stream)), []);
        let did = Behaviour {
            nominal_hz: 250.0,
            rate_hz: 250.1,
            rate_error_hz: 0.01,
            samples: 2000,
            clock_error_secs: Some(1e-4),
            ..Behaviour::default()
        };
        assert_eq!(of_behaviour("amp", &did), []);
    }

    #[test]
    fn what_a_stream_does_not_say_is_named() {
        let mut stream = amplifier("1");
        stream.channels = vec![Channel::default(); 3];
        stream.source_id.clear();
        let text = words(&of_description(&stream, &stream));
        assert!(text.contains("no source id") && text.contains("3 of 3 EEG channels have no label"), "{text}");
        assert!(text.contains("does not say the unit"), "{text}");
        // The configuration says it.
        let text = words(&of_description(&stream, &amplifier("1")));
        assert!(!text.contains("label") && !text.contains("unit"), "{text}");

        let other = StreamInfo { rate_hz: 0.0, ..amplifier("1") };
        assert_eq!(of_description(&other, &other)[0].verdict, Verdict::Bad);
        let mut double = amplifier("1");
        double.channels[1].label = "C3".into();
        let text = words(&of_description(&double, &double));
        assert!(text.contains("two channels called C3") && text.contains("has no Cz"), "{text}");
    }

    #[test]
    fn twins_are_bad_for_eeg_and_want_care_for_others() {
        let all = [amplifier("1"), StreamInfo { name: "other".into(), ..amplifier("2") }];
        assert_eq!(of_neighbours(&all[0], &all)[0].verdict, Verdict::Bad);
        let all = all.map(|s| StreamInfo { kind: "Markers".into(), ..s });
        assert_eq!(of_neighbours(&all[0], &all)[0].verdict, Verdict::Careful);
        let all = [amplifier("1"), StreamInfo { source_id: "another".into(), ..amplifier("2") }];
        assert!(words(&of_neighbours(&all[0], &all)).contains("there twice"));
    }

    #[test]
    fn gaps_wrong_rates_and_silence_are_named() {
        let fine = Behaviour {
            nominal_hz: 250.0,
            rate_hz: 250.0,
            samples: 2000,
            clock_error_secs: Some(1e-4),
            ..Behaviour::default()
        };
        let said = |did: Behaviour| words(&of_behaviour("amp", &did));
        assert!(said(Behaviour { samples: 0, ..fine }).contains("bad: `amp` sends no samples"));
        assert!(said(Behaviour { gaps: 1, missing_samples: 3, ..fine }).contains("careful: `amp` has 1 gaps"));
        assert!(said(Behaviour { gaps: 5, missing_samples: 300, ..fine }).contains("bad: `amp` has 5 gaps"));
        assert!(said(Behaviour { rate_hz: 256.0, rate_error_hz: 0.1, ..fine }).contains("bad: `amp` declares 250 Hz"));
        assert_eq!(said(Behaviour { rate_hz: 256.0, rate_error_hz: 3.0, ..fine }), "");
        assert!(said(Behaviour { clock_error_secs: Some(0.05), ..fine }).contains("bad: the clock"));
        assert!(said(Behaviour { clock_error_secs: None, ..fine }).contains("could not be compared"));
        assert!(said(Behaviour { is_gone: true, ..fine }).contains("went away"));
    }
}
