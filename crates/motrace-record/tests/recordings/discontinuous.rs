//! EDF+D and BDF+D against what MNE reads of each of their parts (`tests/scripts/discontinuous_fixtures.py`).

use motrace_record::{Recording, Samples};
use serde_json::Value;
use std::path::PathBuf;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn parts_are_read_as_mne_reads_them_and_never_joined() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/record"));
    let expected: Value = serde_json::from_slice(&std::fs::read(folder.join("discontinuous.json")).unwrap()).unwrap();
    let rate_hz = number(&expected["rate_hz"]);
    for (name, parts) in expected["files"].as_object().unwrap() {
        let path = folder.join(name);
        assert!(crate::windowed::compare(&path) > 0);
        let recording = Recording::open(&path).unwrap();
        assert!(recording.provenance.version.ends_with("+D"));
        let signal = &recording.streams[0];
        assert_eq!(signal.info.rate_hz, rate_hz);
        let labels: Vec<&str> = signal.info.channels.iter().map(|c| c.label.as_str()).collect();
        assert_eq!(Value::from(labels), expected["labels"]);
        let Samples::F32(values) = &signal.samples else { panic!("EDF is held as 32-bit floats") };
        let channels = signal.info.channels.len();

        let (mut first, mut end_secs, mut gaps, mut notes) = (0, 0.0, Vec::new(), Vec::new());
        for part in parts.as_array().unwrap() {
            let (onset, count) = (number(&part["onset_secs"]), part["samples"].as_u64().unwrap() as usize);
            for i in 0..count {
                let time = onset + i as f64 / rate_hz;
                assert!((signal.stamps_secs[first + i] - time).abs() < 1e-9, "{name}, sample {}", first + i);
            }
            for channel in 0..channels {
                let of_part = |i: usize| f64::from(values[(first + i) * channels + channel]);
                let sampled = part["every_seventh_microvolts"][channel].as_array().unwrap();
                assert_eq!(sampled.len(), count.div_ceil(7));
                for (i, expected) in sampled.iter().map(number).enumerate() {
                    // Single precision, of numbers that are given to five digits.
                    assert!((of_part(7 * i) - expected).abs() < 4e-4, "{name}: {} {expected}", of_part(7 * i));
                }
                let mean = (0..count).map(of_part).sum::<f64>() / count as f64;
                assert!((mean - number(&part["mean_microvolts"][channel])).abs() < 4e-4, "{name}, channel {channel}");
            }
            // The third part begins where the second ends.
            if onset - end_secs > 1e-9 {
                gaps.push((first as u64, ((onset - end_secs) * rate_hz).round() as u64));
            }
            notes.extend(part["annotations"].as_array().unwrap().clone());
            first += count;
            end_secs = onset + count as f64 / rate_hz;
        }
        assert_eq!(signal.sample_count(), first);
        assert_eq!(gaps.len(), 2);
        assert_eq!(signal.gaps.iter().map(|g| (g.index, g.missing_samples)).collect::<Vec<_>>(), gaps, "{name}");
        assert!(recording.warnings.iter().any(|w| w.contains("interrupted 2 times")), "{:?}", recording.warnings);
        let events = recording.events();
        assert_eq!(events.len(), notes.len());
        for (event, note) in events.iter().zip(&notes) {
            assert!((event.time_secs - number(&note[0])).abs() < 1e-9);
            assert_eq!((event.duration_secs, Some(event.text.as_str())), (note[1].as_f64(), note[2].as_str()));
        }
    }
}
