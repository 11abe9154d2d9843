//! GDF, BrainVision and BCI2000 files that are cut off, flipped and lying.

use crate::build_formats as build;
use crate::damaged::held;
use motrace_record::{RecordError, RecordedStream, Recording};
use proptest::prelude::*;
use std::path::Path;

fn parse(bytes: &[u8]) -> Result<Recording, RecordError> {
    Recording::parse(Path::new("damaged"), bytes)
}

/// Reads the three files of a recording.
fn parse_three([header, data, markers]: [&[u8]; 3]) -> Result<Recording, RecordError> {
    let path = Path::new("damaged");
    Recording::parse_brainvision((path, header), (path, data), Some((path, markers)))
}

fn small_brainvision(order: &str) -> [Vec<u8>; 3] {
    let common = format!("DataOrientation={order}\r\nSamplingInterval=4000\r\nDataPoints=50");
    let header = build::vhdr(&common, "INT_16", &["C3,,0.5,µV", "C4,,0.5,µV", "Cz,,0.5,µV"]);
    let data = (0..150_i16).flat_map(i16::to_le_bytes).collect();
    let markers = build::vmrk(&[
        "New Segment,,1,1,0,20240101120000000000",
        "Stimulus,S  1,10,1,0",
        "New Segment,,21,1,0,20240101120009000000",
        "Stimulus,S  2,40,1,2",
    ]);
    [header.into_bytes(), data, markers.into_bytes()]
}

fn samples(recording: &Recording) -> usize {
    recording.streams.iter().filter(|s| !s.info.is_text).map(RecordedStream::sample_count).sum()
}

pub fn is_whole(recording: &Recording, bytes: usize) {
    assert!(held(recording) < 64 * bytes + (8 << 20), "{} of {bytes}", held(recording));
    for stream in &recording.streams {
        assert_eq!(stream.samples.len(), stream.sample_count() * stream.info.channels.len());
        for detail in [stream.durations_secs.len(), stream.event_details.len()] {
            assert!(detail == 0 || detail == stream.samples.len());
        }
        assert!(stream.positions.is_empty() || stream.positions.len() == stream.info.channels.len());
        assert!(stream.gaps.iter().all(|g| g.index < stream.sample_count() as u64));
    }
    let signal = recording.streams.iter().find(|s| !s.info.is_text);
    let _ = (signal.map(|s| recording.markers(s)), recording.events(), motrace_record::Summary::of(recording));
}

#[test]
fn a_small_gdf_is_cut_at_every_byte() {
    for version in ["1.25", "2.10"] {
        let file = build::small_gdf(version);
        // Header, two records of 8 samples of 2 bytes and 2 of 3, a table with 4 events of 12 bytes.
        let (header, record) = (256 * 4, 22);
        let table = header + 2 * record;
        assert_eq!(file.len(), table + 8 + 4 * 12);
        for cut in 8..file.len() {
            let Ok(recording) = parse(&file[..cut]) else {
                assert!(cut < header, "{cut}");
                continue;
            };
            is_whole(&recording, cut);
            let records = ((cut - header) / record).min(2);
            assert_eq!(samples(&recording), records * 6, "cut at {cut}");
            // An event is there when its position and its code are.
            let events = (cut.saturating_sub(table + 8 + 16) / 2).min(4);
            assert_eq!(recording.events().len(), events, "cut at {cut}");
            if cut != table && events < 4 {
                assert!(!recording.warnings.is_empty(), "cut at {cut}");
            }
        }
    }
}

#[test]
fn a_small_bci2000_is_cut_at_every_byte() {
    let file = build::small_bci2000();
    let header = file.len() - 200 * 9;
    for cut in 10..file.len() {
        let Ok(recording) = parse(&file[..cut]) else {
            assert!(cut < header, "{cut}");
            continue;
        };
        is_whole(&recording, cut);
        assert_eq!(samples(&recording), (cut - header) / 9);
    }
}

#[test]
fn the_files_of_brainvision_are_cut_at_every_byte() {
    for order in ["MULTIPLEXED", "VECTORIZED"] {
        let whole = small_brainvision(order);
        let [header, data, markers] = &whole;
        for cut in 0..data.len() {
            let recording = parse_three([header, &data[..cut], markers]).unwrap();
            let complete = if order == "MULTIPLEXED" { cut / 6 } else { (cut / 2).saturating_sub(100) };
            assert_eq!(samples(&recording), complete, "{order} cut at {cut}");
            is_whole(&recording, header.len() + cut + markers.len());
        }
        for cut in 0..header.len() {
            if let Ok(recording) = parse_three([&header[..cut], data, markers]) {
                is_whole(&recording, cut + data.len() + markers.len());
            }
        }
        for cut in 0..markers.len() {
            let recording = parse_three([header, data, &markers[..cut]]).unwrap();
            is_whole(&recording, header.len() + data.len() + cut);
            assert_eq!(samples(&recording), 50);
        }
    }
}

#[test]
fn lying_lengths_take_no_memory() {
    let file = build::small_gdf("2.10");
    let with = |at: usize, bytes: &[u8]| {
        let mut file = file.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    let table = file.len() - 56;
    // Records, samples in each, and events, in their billions; a rate that no amplifier has.
    for lying in [
        with(236, &i64::MAX.to_le_bytes()),
        with(236, &(-1_i64).to_le_bytes()),
        with(256 + 3 * 216, &u32::MAX.to_le_bytes()),
        with(table + 1, &[0xff; 3]),
        with(table + 4, &1e30_f32.to_le_bytes()),
        with(244, &[0xff; 8]),
        with(184, &u16::MAX.to_le_bytes()),
        with(252, &u16::MAX.to_le_bytes()),
    ] {
        if let Ok(recording) = parse(&lying) {
            is_whole(&recording, lying.len());
        }
    }
    let fast = parse(&with(244, &[1, 0, 0, 0, 0xff, 0xff, 0xff, 0])).unwrap_err().to_string();
    assert!(fast.contains("at most 100000 are accepted"), "{fast}");
    // Many states over the same bits, each of which changes all the time.
    let mut many = String::from("[ State Vector Definition ]\r\n");
    for i in 0..20_000 {
        many.push_str(&format!("S{i} 8 0 0 0\r\n"));
    }
    let text = String::from_utf8(build::small_bci2000().split(|b| *b == 0).next().unwrap().to_vec()).unwrap();
    let parameters = &text[text.find("[ Parameter").unwrap()..text.rfind("\r\n\r\n").unwrap() + 4];
    let body = format!("{many}{parameters}");
    let first = |length: usize| format!("HeaderLen= {length:>6} SourceCh= 1 StatevectorLen= 1\r\n");
    let mut file = format!("{}{body}", first(first(0).len() + body.len())).into_bytes();
    file.extend((0..300_000_u32).map(|i| (i / 3) as u8));
    let recording = parse(&file).unwrap();
    is_whole(&recording, file.len());
    assert!(recording.warnings.iter().any(|w| w.contains("states are defined outside")));
}

#[test]
fn real_files_are_cut() {
    let Some(data) = crate::reference::data() else { return };
    let folder = data.join("format-vectors");
    for path in crate::reference::files(&folder, &["gdf", "dat", "edf", "bdf"]) {
        let bytes = std::fs::read(&path).unwrap();
        let whole = samples(&parse(&bytes).unwrap());
        let mut before = 0;
        for cut in (0..bytes.len()).step_by((bytes.len() / 40).max(1)) {
            let count = parse(&bytes[..cut]).map_or(0, |r| samples(&r));
            assert!((before..=whole).contains(&count), "{} cut at {cut}: {count} of {whole}", path.display());
            before = count;
        }
    }
}

#[test]
fn lying_headers_of_brainvision_take_no_memory() {
    let [header, data, markers] = small_brainvision("VECTORIZED");
    let text = String::from_utf8(header.clone()).unwrap();
    let marks = String::from_utf8(markers.clone()).unwrap();
    for (honest, lie) in [
        ("NumberOfChannels=3", "NumberOfChannels=100000000"),
        ("NumberOfChannels=3", "NumberOfChannels=18446744073709551615"),
        ("DataPoints=50", "DataPoints=18446744073709551615"),
        ("DataPoints=50", "DataPoints=6148914691236517205"),
        ("SamplingInterval=4000", "SamplingInterval=0.000001"),
        ("SamplingInterval=4000", "SamplingInterval=1e300"),
        ("Ch3=", "Ch99999999999="),
        ("0.5,", "1e400,"),
    ] {
        assert!(text.contains(honest), "{honest}");
        let lying = text.replace(honest, lie);
        if let Ok(recording) = parse_three([lying.as_bytes(), &data, &markers]) {
            is_whole(&recording, lying.len() + data.len() + markers.len());
        }
    }
    // Markers behind the end of all signals, and for longer than anything lasts.
    for lie in ["18446744073709551615,1,0", "10,18446744073709551615,0", "-5,1,0", "10,1,99999999999"] {
        let lying = marks.replace("10,1,0", lie);
        let recording = parse_three([&header, &data, lying.as_bytes()]).unwrap();
        is_whole(&recording, header.len() + data.len() + lying.len());
        assert_eq!(samples(&recording), 50, "{lie}");
    }
}

#[test]
fn lying_headers_of_bci2000_take_no_memory() {
    let file = build::small_bci2000();
    let header = file.len() - 200 * 9;
    let text = String::from_utf8(file[..header].to_vec()).unwrap();
    for (honest, lie) in [
        ("SourceCh= 3", "SourceCh= 99999999999"),
        ("SourceCh= 3", "SourceCh= 4096"),
        ("SourceCh= 3", "SourceCh= 0"),
        ("StatevectorLen= 3", "StatevectorLen= 18446744073709551615"),
        ("StatevectorLen= 3", "StatevectorLen= 0"),
        ("SourceTime 16 0 0 5", "SourceTime 64 0 18446744073709551615 7"),
        ("SamplingRate= 256Hz", "SamplingRate= 1e300"),
        ("ChannelNames= 3", "ChannelNames= 99999999999"),
        ("SourceChGain= 3", "SourceChGain= 99999999999"),
    ] {
        assert!(text.contains(honest), "{honest}");
        // As long as before, so that the length of the header stays true.
        let mut lying = text.replace(honest, lie).into_bytes();
        lying.resize(lying.len().max(header), b' ');
        lying.extend(&file[header..]);
        if let Ok(recording) = parse(&lying) {
            is_whole(&recording, lying.len());
        }
    }
    for length in ["999999", "000000", "     9"] {
        let at = text.find("HeaderLen= ").unwrap() + "HeaderLen= ".len();
        let mut lying = file.clone();
        lying[at..at + 6].copy_from_slice(length.as_bytes());
        if let Ok(recording) = parse(&lying) {
            is_whole(&recording, lying.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn flipped_bits_never_panic_nor_take_memory(
        flips in prop::collection::vec((0.0..1.0_f64, 0..8_u8), 1..20),
        which in 0..5_usize,
    ) {
        let mut parts: Vec<Vec<u8>> = match which {
            0 => vec![build::small_gdf("1.25")],
            1 => vec![build::small_gdf("2.10")],
            2 => vec![build::small_bci2000()],
            3 => small_brainvision("MULTIPLEXED").to_vec(),
            _ => small_brainvision("VECTORIZED").to_vec(),
        };
        for (number, (place, bit)) in flips.into_iter().enumerate() {
            let count = parts.len();
            let part = &mut parts[number % count];
            let at = (place * part.len() as f64) as usize;
            part[at] ^= 1 << bit;
        }
        let recording = match &parts[..] {
            [header, data, markers] => parse_three([header, data, markers]),
            one => parse(&one[0]),
        };
        if let Ok(recording) = recording {
            is_whole(&recording, parts.iter().map(Vec::len).sum());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000), start in 0..4_usize) {
        let mut file: Vec<u8> = [&b"GDF 1.25"[..], b"GDF 2.20", b"BCI2000V= 1.1 HeaderLen= 20 ", b"HeaderLen= 9 "][start].to_vec();
        file.extend(&bytes);
        let _ = parse(&file);
        let _ = parse_three([&bytes, &bytes, &bytes]);
    }

    #[test]
    fn arbitrary_lines_never_panic(lines in prop::collection::vec("[ -~]{0,40}", 0..30)) {
        let keys = ["NumberOfChannels=2", "SamplingInterval=1000", "[Channel Infos]", "[Marker Infos]", "[Coordinates]"];
        let mut text = String::from("[Common Infos]\n");
        for (i, line) in lines.iter().enumerate() {
            text.push_str(&format!("{}\nMk{i}={line}\nCh{i}={line}\n", keys.get(i).unwrap_or(&"")));
        }
        let _ = parse_three([text.as_bytes(), &[0; 64], text.as_bytes()]);
        let header = format!("HeaderLen= {:>6} SourceCh= 1 StatevectorLen= 1\n{text}", text.len() + 51);
        let _ = parse(header.as_bytes());
    }
}
