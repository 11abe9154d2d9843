use crate::build;
use crate::damaged_formats::is_whole;
use motrace_record::{RecordedStream, Recording, Samples};
use proptest::prelude::*;
use std::path::Path;

fn parse(bytes: &[u8]) -> Result<Recording, motrace_record::RecordError> {
    Recording::parse(Path::new("damaged"), bytes)
}

/// The bytes that samples and stamps take.
pub fn held(recording: &Recording) -> usize {
    let size = |s: &RecordedStream| {
        s.stamps_secs.capacity() * 16
            + match &s.samples {
                Samples::Text(v) => v.iter().map(|t| t.capacity() + 24).sum(),
                other => other.len() * 8,
            }
            + s.info.channels.len() * 96
            + s.durations_secs.capacity() * 8
            + s.event_details.iter().map(|d| d.name.capacity() + 64).sum::<usize>()
    };
    recording.streams.iter().map(size).sum()
}

/// Each row of samples that was read is one of the rows that were written, in order; gives their numbers.
fn true_rows(recording: &Recording) -> Vec<usize> {
    let Some(Samples::F32(values)) = recording.streams.iter().find(|s| s.id == 1).map(|s| &s.samples) else {
        return Vec::new();
    };
    let rows: Vec<usize> = values
        .chunks_exact(build::CHANNELS)
        .map(|row| {
            let number = ((row[0] - 0.5) / 10.0) as usize;
            let expected: Vec<f32> = (0..build::CHANNELS).map(|c| build::value(number, c)).collect();
            assert_eq!(row, expected, "invented");
            number
        })
        .collect();
    assert!(rows.is_sorted_by(|a, b| a < b));
    rows
}

#[test]
fn the_whole_file_is_read() {
    let recording = parse(&build::xdf()).unwrap();
    assert_eq!(true_rows(&recording), (0..160).collect::<Vec<_>>());
    let [signal, cues] = &recording.streams[..] else { panic!() };
    for (i, stamp) in signal.stamps_secs.iter().enumerate() {
        assert!((stamp - 5.0 - i as f64 / 100.0).abs() < 1e-9);
    }
    assert_eq!(cues.samples.text()[15], "cue 15");
    assert!(recording.warnings.is_empty() && signal.gaps.is_empty(), "{:?} {:?}", recording.warnings, signal.gaps);
}

#[test]
fn cut_at_every_byte_all_complete_samples_are_read_and_none_is_invented() {
    let file = build::xdf();
    // Where each sample is complete, found by searching for its bytes.
    let complete_at: Vec<usize> = (0..160)
        .map(|n| {
            let row: Vec<u8> = (0..build::CHANNELS).flat_map(|c| build::value(n, c).to_le_bytes()).collect();
            file.windows(row.len()).position(|w| w == row).unwrap() + row.len()
        })
        .collect();
    for cut in 4..file.len() {
        let Ok(recording) = parse(&file[..cut]) else { continue };
        let complete = complete_at.iter().filter(|at| **at <= cut).count();
        assert_eq!(true_rows(&recording).len(), complete, "cut at {cut}");
        assert!(!recording.warnings.is_empty() || cut == file.len());
    }
}

#[test]
fn one_bad_length_byte_costs_nothing_and_a_bad_sample_its_chunk() {
    let file = build::xdf();
    let chunks: Vec<usize> = file
        .windows(6)
        .enumerate()
        .filter(|(_, w)| w[..2] == [3, 0] && w[2..] == [1, 0, 0, 0])
        .map(|(i, _)| i)
        .collect();
    assert_eq!(chunks.len(), 16);
    for tag_at in &chunks {
        for byte in 1..=4 {
            let mut damaged = file.clone();
            damaged[tag_at - byte] ^= 0x40;
            let recording = parse(&damaged).unwrap();
            assert_eq!(true_rows(&recording).len(), 160, "length byte {byte} of the chunk at {tag_at}");
            assert_eq!(recording.streams[1].sample_count(), 16);
            assert!(recording.warnings.iter().any(|w| w.contains("length")), "{:?}", recording.warnings);
        }
        // The number of length bytes itself: this chunk is lost, the next is found.
        let mut damaged = file.clone();
        damaged[tag_at - 5] = 7;
        assert_eq!(true_rows(&parse(&damaged).unwrap()).len(), 150);
        // The number of samples, too many and too few: the length of the chunk tells.
        for count in [200, 3] {
            let mut damaged = file.clone();
            damaged[tag_at + 7] = count;
            assert_eq!(true_rows(&parse(&damaged).unwrap()).len(), 160);
        }
        // The flag before the fifth sample.
        let mut damaged = file.clone();
        damaged[tag_at + 8 + 9 + 4 * 12 + 3] = 0x55;
        assert!(true_rows(&parse(&damaged).unwrap()).len() >= 150 + 4);
    }
}

#[test]
fn lying_lengths_take_no_memory() {
    // A chunk that claims 2⁶⁰ samples, one that claims 2⁶² bytes, a string of 2⁶³.
    let start = |format| {
        let mut file = b"XDF:".to_vec();
        file.extend(build::chunk(2, Some(1), build::header("a", "EEG", 4096, 100.0, format).as_bytes()));
        file
    };
    for format in ["float32", "string", "int64"] {
        let mut many = start(format);
        let mut content = vec![8];
        content.extend((1_u64 << 60).to_le_bytes());
        content.extend([0; 100]);
        many.extend(build::chunk(3, Some(1), &content));
        assert!(held(&parse(&many).unwrap()) < 1 << 20);
        let mut long = start(format);
        long.push(8);
        long.extend((1_u64 << 62).to_le_bytes());
        long.extend([3, 0, 1, 0, 0, 0, 1, 1, 0, 8]);
        long.extend((1_u64 << 63).to_le_bytes());
        assert!(held(&parse(&long).unwrap()) < 1 << 20);
    }
    // Ten thousand headers that announce 4096 channels each.
    let mut headers = b"XDF:".to_vec();
    for id in 0..10_000 {
        headers.extend(build::chunk(2, Some(id), build::header("a", "EEG", 4096, 100.0, "int8").as_bytes()));
    }
    let recording = parse(&headers).unwrap();
    assert!(held(&recording) < 4 * headers.len() + (8 << 20), "{}", held(&recording));
    assert!(recording.warnings.len() < 200);
}

#[test]
fn a_small_edf_is_cut_at_every_byte() {
    let file = build::small_edf("EDF+C", ["+0", "+1"]);
    let whole = parse(&file).unwrap();
    assert_eq!(whole.streams.iter().map(RecordedStream::sample_count).collect::<Vec<_>>(), [8, 4, 1]);
    for cut in 8..file.len() {
        let Ok(recording) = parse(&file[..cut]) else {
            assert!(cut < 256 * 5, "{cut}");
            continue;
        };
        let records = (cut - 256 * 5) / 60;
        assert_eq!(recording.streams[0].sample_count(), records * 4);
        assert!(recording.warnings.iter().any(|w| w.contains("the header announces 2 records")));
    }
}

#[test]
fn a_small_bdf_is_cut_at_every_byte() {
    let file = build::small_bdf();
    let (header, record) = (256 * 4, 84);
    assert_eq!(file.len(), header + 2 * record);
    for cut in 8..file.len() {
        let Ok(recording) = parse(&file[..cut]) else {
            assert!(cut < header, "{cut}");
            continue;
        };
        is_whole(&recording, cut);
        let records = (cut - header) / record;
        let signal = &recording.streams[0];
        assert_eq!(signal.sample_count(), records * 4);
        assert_eq!(recording.events().len(), records);
        for at in 0..signal.samples.len() {
            let (sample, channel) = (at / 2, at % 2);
            let number = (sample / 4 * 8 + channel * 4 + sample % 4) as f64;
            let wanted = 1_000_000.0 - 300_000.0 * number;
            assert!((signal.samples.value(at).unwrap() - wanted).abs() < 1.0, "{at}");
        }
    }
}

#[test]
fn lying_headers_of_edf_and_bdf_take_no_memory() {
    for file in [build::small_edf("EDF+C", ["+0", "+1"]), build::small_edf("EDF+D", ["+0", "+7"]), build::small_bdf()] {
        let signals: usize = std::str::from_utf8(&file[252..256]).unwrap().trim().parse().unwrap();
        let samples_of = |signal: usize| 256 + 216 * signals + 8 * signal;
        let mut lies = vec![
            (252, 4, "9999"),
            (252, 4, "4096"),
            (252, 4, "1"),
            (236, 8, "99999999"),
            (236, 8, "-9999999"),
            (244, 8, "1e-300"),
            (244, 8, "1e300"),
            (244, 8, "-1"),
            (184, 8, "99999999"),
        ];
        for signal in 0..signals {
            lies.extend(["99999999", "0", "-1", "1e9", "8388608"].map(|lie| (samples_of(signal), 8, lie)));
        }
        for (at, width, lie) in lies {
            let mut lying = file.clone();
            lying[at..at + width].copy_from_slice(format!("{lie:<width$}").as_bytes());
            if let Ok(recording) = parse(&lying) {
                is_whole(&recording, lying.len());
            }
        }
        // Onsets of records that no recording reaches.
        let first = file.windows(2).rposition(|w| w == b"\x14\x14").unwrap();
        for lie in ["+9e99\x14\x14", "-1\x14\x14\0\0\0\0", "\x14\x14\x14\x14\x14\x14\x14"] {
            let mut lying = file.clone();
            let end = (first + lie.len()).min(lying.len());
            lying[first - 1..end - 1].copy_from_slice(&lie.as_bytes()[..end - first]);
            if let Ok(recording) = parse(&lying) {
                is_whole(&recording, lying.len());
            }
        }
    }
}

#[test]
fn real_files_are_cut() {
    let Some(data) = crate::reference::data() else { return };
    for path in crate::reference::files(&data.join("format-vectors/xdf"), &["xdf"]) {
        if path.to_string_lossy().contains("xdfrs_out_of_order") {
            // Malformed throughout: what a cut makes of it says nothing.
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let whole: usize = parse(&bytes).map_or(0, |r| r.streams.iter().map(RecordedStream::sample_count).sum());
        let mut before = 0;
        for cut in (0..bytes.len()).step_by((bytes.len() / 400).max(1)) {
            let count = parse(&bytes[..cut]).map_or(0, |r| r.streams.iter().map(RecordedStream::sample_count).sum());
            // More of the file never gives fewer samples, but where liblsl's stray tail is dropped.
            assert!(count >= before && count <= whole + 1, "{} cut at {cut}: {count} of {whole}", path.display());
            before = count;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn flipped_bits_never_panic_nor_take_memory(flips in prop::collection::vec((0.0..1.0_f64, 0..8_u8), 1..20), which in 0..4) {
        let mut bytes = match which {
            0 => build::small_edf("EDF+D", ["+0", "+7"]),
            1 => build::small_edf("EDF+C", ["+0", "+1"]),
            2 => build::small_bdf(),
            _ => build::xdf(),
        };
        for (place, bit) in flips {
            let at = (place * bytes.len() as f64) as usize;
            bytes[at] ^= 1 << bit;
        }
        if let Ok(recording) = parse(&bytes) {
            is_whole(&recording, bytes.len());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000), start in 0..4_usize) {
        let mut file: Vec<u8> = [&b"XDF:"[..], b"0       ", b"\xffBIOSEMI", b""][start].to_vec();
        file.extend(bytes);
        let _ = parse(&file);
    }
}

#[test]
fn one_flipped_bit_loses_at_most_two_chunks() {
    let whole = build::xdf();
    let first_chunk = whole.windows(6).position(|w| w == [3, 0, 1, 0, 0, 0]).unwrap() - 5;
    let mut bytes = whole.clone();
    let mut worse = Vec::new();
    for at in first_chunk..whole.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            let recording = parse(&bytes).unwrap();
            bytes[at] = whole[at];
            let count = recording.streams.iter().find(|s| s.id == 1).unwrap().sample_count();
            assert!((130..=160).contains(&count), "byte {at}, bit {bit}: {count} {:?}", recording.warnings);
            if count < 140 {
                worse.push((at, bit, recording.warnings));
            }
        }
    }
    // One bit makes a marker's chunk longer by 512 bytes, which is as long as the chunks after it, three of them of the
    // signal: nothing in the framing tells that it is wrong.
    assert!(worse.len() <= 1, "{worse:?}");
    assert!(worse.iter().all(|(.., warnings)| warnings.iter().any(|w| w.contains("could be read"))), "{worse:?}");
}
