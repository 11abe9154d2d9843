//! The memory that reading takes, counted by the allocator: bounded by the file's size whatever the file says, and by a
//! window of it when it is played.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "recordings/build.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod build;
#[path = "recordings/build_formats.rs"]
mod build_formats;

use motrace_core::{Channel, Poll, Source, StreamInfo};
use motrace_record::{Recording, Reel, Replay, ReplayOverrides, StreamQuery, XdfWriter};
use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What one test allocates counts for all that run at the same time.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The most memory that was held at a time beyond what was held before, in bytes.
fn peak_of<T>(action: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = action();
    (result, ALLOCATOR.peak_usage().saturating_sub(before))
}

/// More than the window, the block of decoded samples, and what a reader holds besides.
const WINDOW_BYTES: usize = 8 << 20;

/// Opens a file, plays its signals, and gives how many samples there were and the most memory it took.
fn play(path: &Path) -> (usize, usize) {
    peak_of(|| {
        let reel = Arc::new(Reel::open(path).unwrap());
        let query = StreamQuery { kind: Some("EEG".into()), name: None };
        let mut replay = Replay::of(reel, &query, &ReplayOverrides::default(), 32).unwrap();
        let (mut samples, mut count) = (Vec::new(), 0);
        loop {
            samples.clear();
            match replay.poll(&mut samples).unwrap() {
                Poll::Samples(more) => count += more,
                Poll::End => return count,
                _ => {}
            }
        }
    })
}

fn check(path: &Path, samples: usize, most: usize) {
    let bytes = std::fs::metadata(path).unwrap().len() as usize;
    assert!(bytes > 24_000_000 && most < bytes / 2, "{bytes}");
    let (count, peak) = play(path);
    assert_eq!(count, samples, "{}", path.display());
    assert!(peak < most, "{}: {peak} bytes of {bytes}", path.display());
}

/// Writes pieces of a file behind each other, so that the test itself does not hold it.
fn write(path: &Path, begin: &[u8], piece: &[u8], times: usize, end: &[u8]) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    file.write_all(begin).unwrap();
    (0..times).for_each(|_| file.write_all(piece).unwrap());
    file.write_all(end).unwrap();
    file.flush().unwrap();
}

#[test]
fn a_file_with_places_is_played_through_a_window() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let signal =
        |samples| build::EdfSignal { label: "C3", unit: "uV", limits: [-100.0, 100.0, -32768.0, 32767.0], samples };
    let signals: Vec<_> = (0..16).map(|_| signal(250)).collect();
    for (name, records, width) in [("a.edf", 3200, 2), ("a.bdf", 2200, 3)] {
        let mut begin = build::edf("", records, 1.0, &signals, &[]);
        if width == 3 {
            begin[..8].copy_from_slice(b"\xffBIOSEMI");
        }
        write(&at(name), &begin, &vec![1; 16 * 250 * width], records as usize, &[]);
        check(&at(name), records as usize * 250, WINDOW_BYTES);
    }
    // EDF+ of one record that is the whole file.
    let begin = build::edf("EDF+C", 1, 3200.0, &[signal(800_000), signal(800_000), build::annotations(20)], &[]);
    let data = vec![2; 800_000];
    write(&at("one.edf"), &begin, &data, 4, b"+0\x14\x14\0");
    let bytes = std::fs::metadata(at("one.edf")).unwrap().len();
    assert!(bytes > 3_000_000);

    let signals: Vec<_> = (0..16)
        .map(|_| build_formats::GdfSignal {
            label: "C3",
            unit: ("uV", 4275),
            limits: [-1.0, 1.0, -30_000.0, 30_000.0],
            samples: 250,
            kind: 3,
        })
        .collect();
    let file = |data| build_formats::GdfFile {
        version: "2.10",
        signals: &signals,
        records: 3200,
        duration: [1, 1],
        data,
        events: None,
        tagged: &[],
    };
    write(&at("a.gdf"), &build_formats::gdf(&file(&[])), &[1; 16 * 250 * 2], 3200, &[]);
    check(&at("a.gdf"), 3200 * 250, WINDOW_BYTES);

    for order in ["MULTIPLEXED", "VECTORIZED"] {
        let common = format!("DataOrientation={order}\r\nSamplingInterval=4000");
        let header = build_formats::vhdr(&common, "INT_16", &["C3,,0.5,µV"; 16]);
        write(&at("a.vhdr"), header.as_bytes(), &[], 0, &[]);
        write(&at("a.vmrk"), build_formats::vmrk(&["New Segment,,1,1,0"]).as_bytes(), &[], 0, &[]);
        write(&at("a.eeg"), &[], &[1; 16 * 250 * 2], 3200, &[]);
        let (count, peak) = play(&at("a.vhdr"));
        assert_eq!(count, 3200 * 250);
        assert!(peak < WINDOW_BYTES, "{order}: {peak}");
    }

    let begin = build_formats::bci2000(None, 0, &|_, _| Vec::new(), &build_formats::states);
    write(&at("a.dat"), &begin, &[1; 9 * 1000], 2800, &[]);
    check(&at("a.dat"), 2_800_000, WINDOW_BYTES);

    // The counter counts: read whole, it takes as much as its samples and stamps, but not its 26 MB as well.
    let (whole, peak) = peak_of(|| Recording::open(&at("a.edf")).unwrap());
    assert_eq!(whole.streams[0].sample_count(), 800_000);
    assert!(peak > 800_000 * (16 * 4 + 8) && peak < 75_000_000, "{peak}");
}

#[test]
fn an_xdf_file_is_played_through_a_window() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xdf");
    let mut writer = XdfWriter::create(&path).unwrap();
    let channels = vec![Channel::default(); 64];
    let info = StreamInfo { name: "amp".into(), kind: "EEG".into(), rate_hz: 250.0, channels, ..StreamInfo::default() };
    let stream = writer.add_stream(&info).unwrap();
    let samples = vec![1.5; 64 * 25];
    for chunk in 0..4000 {
        let stamps: Vec<f64> = (0..25).map(|i| f64::from(chunk) / 10.0 + f64::from(i) / 250.0).collect();
        writer.write_samples(stream, &stamps, &samples).unwrap();
    }
    writer.finish().unwrap();
    drop(samples);
    // Stamps are held while it is opened: 40 bytes of the 265 of a sample, and as much again where a list grows.
    check(&path, 100_000, WINDOW_BYTES + 2 * 40 * 100_000 / 2);
    let (whole, peak) = peak_of(|| Recording::open(&path).unwrap());
    assert_eq!(whole.streams[0].sample_count(), 100_000);
    // The counter counts: it takes as much as its samples and stamps, and nothing of the file twice.
    assert!(peak > 100_000 * (64 * 4 + 8) && peak < 45_000_000, "{peak}");
}

/// Small files of each format; BrainVision in three.
fn small(which: usize) -> Vec<Vec<u8>> {
    let brainvision = |order: &str| {
        let common = format!("DataOrientation={order}\r\nSamplingInterval=4000\r\nDataPoints=50");
        let header = build_formats::vhdr(&common, "INT_16", &["C3,,0.5,µV", "C4,,0.5,µV", "Cz,,0.5,µV"]);
        let markers = build_formats::vmrk(&["New Segment,,1,1,0,20240101120000000000", "Stimulus,S  1,10,1,0"]);
        vec![header.into_bytes(), vec![7; 300], markers.into_bytes()]
    };
    match which {
        0 => vec![build::xdf()],
        1 => vec![build::small_edf("EDF+C", ["+0", "+1"])],
        2 => vec![build::small_edf("EDF+D", ["+0", "+7"])],
        3 => {
            let mut bdf = build::small_edf("BDF+C", ["+0", "+1"]);
            bdf[..8].copy_from_slice(b"\xffBIOSEMI");
            vec![bdf]
        }
        4 => vec![build_formats::small_gdf("1.25")],
        5 => vec![build_formats::small_gdf("2.10")],
        6 => vec![build_formats::small_bci2000()],
        7 => brainvision("MULTIPLEXED"),
        _ => brainvision("VECTORIZED"),
    }
}

/// The memory that reading may take: what the samples of all formats become, and room for labels and messages.
fn check_parsing(parts: &[Vec<u8>]) {
    let bytes: usize = parts.iter().map(Vec::len).sum();
    let path = Path::new("x");
    let (recording, peak) = peak_of(|| match parts {
        [header, data, markers] => Recording::parse_brainvision((path, header), (path, data), Some((path, markers))),
        one => Recording::parse(path, &one[0]),
    });
    // 4096 channels can be announced in the four digits of a small header.
    assert!(peak < 64 * bytes + (4 << 20), "{peak} bytes for a file of {bytes}: {:?}", recording.map(|r| r.warnings));
}

#[test]
fn numbers_that_lie_take_no_memory() {
    let _alone = alone();
    for which in 0..9 {
        let parts = small(which);
        check_parsing(&parts);
        for part in 0..parts.len() {
            // Wherever a number is, as text or in binary, it becomes as large as can be.
            for at in 0..parts[part].len() {
                let mut lying = parts.clone();
                let byte = &mut lying[part][at];
                if byte.is_ascii_digit() {
                    *byte = b'9';
                } else {
                    let end = (at + 4).min(lying[part].len());
                    lying[part][at..end].fill(0xff);
                }
                if at % 5 == 0 || parts[part].len() < 600 {
                    check_parsing(&lying);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn flipped_bits_take_no_memory(
        flips in prop::collection::vec((0.0..1.0_f64, 0..8_u8), 1..20),
        cut in 0.1..1.5_f64,
        which in 0..9_usize,
    ) {
        let _alone = alone();
        let mut parts = small(which);
        let count = parts.len();
        for (number, (place, bit)) in flips.into_iter().enumerate() {
            let part = &mut parts[number % count];
            let at = (place * part.len() as f64) as usize;
            part[at] ^= 1 << bit;
        }
        let last = &mut parts[count - 1];
        let length = last.len();
        last.truncate((cut * length as f64) as usize);
        check_parsing(&parts);
    }
}
