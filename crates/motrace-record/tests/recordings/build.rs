//! Small files made byte by byte, independently of the writer under test.

/// A chunk with a 4-byte length.
pub fn chunk(tag: u16, stream: Option<u32>, content: &[u8]) -> Vec<u8> {
    let mut inner = tag.to_le_bytes().to_vec();
    inner.extend(stream.iter().flat_map(|s| s.to_le_bytes()));
    inner.extend_from_slice(content);
    let mut out = vec![4];
    out.extend((inner.len() as u32).to_le_bytes());
    out.extend(inner);
    out
}

pub fn header(name: &str, kind: &str, channels: usize, rate: f64, format: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><info><name>{name}</name><type>{kind}</type><channel_count>{channels}</channel_count>\
         <nominal_srate>{rate}</nominal_srate><channel_format>{format}</channel_format><desc/></info>"
    )
}

pub const BOUNDARY: [u8; 16] =
    [0x43, 0xA5, 0x46, 0xDC, 0xCB, 0xF5, 0x41, 0x0F, 0xB3, 0x0E, 0xD5, 0x46, 0x73, 0x83, 0xCB, 0xE4];

/// Channels of the signal in [`xdf`].
pub const CHANNELS: usize = 3;
/// Samples in each of its chunks.
pub const CHUNK: usize = 10;

/// The value of one channel of one sample.
pub fn value(sample: usize, channel: usize) -> f32 {
    (sample * 10 + channel) as f32 + 0.5
}

/// 16 chunks of 10 samples at 100 Hz in stream 1, a marker after each in stream 2, a boundary each fourth.
pub fn xdf() -> Vec<u8> {
    let mut file = b"XDF:".to_vec();
    file.extend(chunk(1, None, b"<?xml version=\"1.0\"?><info><version>1.0</version></info>"));
    file.extend(chunk(2, Some(1), header("amp", "EEG", CHANNELS, 100.0, "float32").as_bytes()));
    file.extend(chunk(2, Some(2), header("cues", "Markers", 1, 0.0, "string").as_bytes()));
    for number in 0..16 {
        file.extend(chunk(3, Some(1), &samples(number)));
        let time = 5.0 + (number * CHUNK) as f64 / 100.0;
        let mut marker = vec![1, 1, 8];
        marker.extend(time.to_le_bytes());
        let text = format!("cue {number}");
        marker.extend([1, text.len() as u8]);
        marker.extend(text.as_bytes());
        file.extend(chunk(3, Some(2), &marker));
        if number % 4 == 3 {
            file.extend(chunk(5, None, &BOUNDARY));
            file.extend(chunk(4, Some(1), &[time.to_le_bytes(), 0.0_f64.to_le_bytes()].concat()));
        }
    }
    for stream in [1, 2] {
        file.extend(chunk(6, Some(stream), b"<?xml version=\"1.0\"?><info><sample_count>160</sample_count></info>"));
    }
    file
}

fn samples(number: usize) -> Vec<u8> {
    let mut content = vec![1, CHUNK as u8];
    for i in 0..CHUNK {
        let sample = number * CHUNK + i;
        // Only the first of a chunk has a stamp; the others are to be deduced.
        if i == 0 {
            content.push(8);
            content.extend((5.0 + sample as f64 / 100.0).to_le_bytes());
        } else {
            content.push(0);
        }
        content.extend((0..CHANNELS).flat_map(|c| value(sample, c).to_le_bytes()));
    }
    content
}

/// One signal of [`edf`].
pub struct EdfSignal {
    pub label: &'static str,
    pub unit: &'static str,
    pub limits: [f64; 4],
    pub samples: usize,
}

/// An EDF+ file: per record, the bytes of each signal.
pub fn edf(kind: &str, records: i64, record_secs: f64, signals: &[EdfSignal], data: &[u8]) -> Vec<u8> {
    let field = |text: String, width: usize| format!("{text:<width$}").into_bytes();
    let mut file = field("0".into(), 8);
    file.extend(field("X X X X".into(), 80));
    file.extend(field("Startdate 12-AUG-2009 X X X".into(), 80));
    file.extend(b"12.08.0916.15.00");
    file.extend(field((256 * (signals.len() + 1)).to_string(), 8));
    file.extend(field(kind.into(), 44));
    file.extend(field(records.to_string(), 8));
    file.extend(field(record_secs.to_string(), 8));
    file.extend(field(signals.len().to_string(), 4));
    let mut column = |width: usize, of: &dyn Fn(&EdfSignal) -> String| {
        for signal in signals {
            file.extend(field(of(signal), width));
        }
    };
    column(16, &|s| s.label.into());
    column(80, &|_| String::new());
    column(8, &|s| s.unit.into());
    for i in 0..4 {
        column(8, &|s| s.limits[i].to_string());
    }
    column(80, &|_| String::new());
    column(8, &|s| s.samples.to_string());
    column(32, &|_| String::new());
    file.extend_from_slice(data);
    file
}

/// An annotation signal of `2 × samples` bytes.
pub fn annotations(samples: usize) -> EdfSignal {
    EdfSignal { label: "EDF Annotations", unit: "", limits: [-1.0, 1.0, -32768.0, 32767.0], samples }
}

/// Two records of 1 s each: two channels at 4 Hz, one at 2 Hz, and annotations; onsets as given.
pub fn small_edf(kind: &str, onsets: [&str; 2]) -> Vec<u8> {
    let signals = [
        EdfSignal { label: "Fc5.", unit: "uV", limits: [-3276.8, 3276.7, -32768.0, 32767.0], samples: 4 },
        EdfSignal { label: "C3..", unit: "", limits: [-100.0, 100.0, -10.0, 10.0], samples: 4 },
        EdfSignal { label: "Temp", unit: "degC", limits: [0.0, 100.0, 0.0, 1000.0], samples: 2 },
        annotations(20),
    ];
    let mut data = Vec::new();
    for (record, onset) in onsets.iter().enumerate() {
        for n in 0..10_i16 {
            data.extend((record as i16 * 10 + n).to_le_bytes());
        }
        let mut list = format!("{onset}\x14\x14\0").into_bytes();
        if record == 0 {
            list.extend("+0.5\x150.25\x14T1\x14\0".as_bytes());
        }
        list.resize(40, 0);
        data.extend(list);
    }
    edf(kind, 2, 1.0, &signals, &data)
}

/// Two records of 1 s each in 24 bits: two channels at 4 Hz, and annotations.
pub fn small_bdf() -> Vec<u8> {
    let limits = [-8_388_608.0, 8_388_607.0, -8_388_608.0, 8_388_607.0];
    let signals = [
        EdfSignal { label: "C3", unit: "uV", limits, samples: 4 },
        EdfSignal { label: "C4", unit: "uV", limits, samples: 4 },
        EdfSignal { label: "BDF Annotations", ..annotations(20) },
    ];
    let mut data = Vec::new();
    for record in 0..2_i32 {
        for n in 0..8 {
            data.extend(&(1_000_000 - 300_000 * (record * 8 + n)).to_le_bytes()[..3]);
        }
        let mut list = format!("+{record}\x14\x14\0+{record}.5\x14cue\x14\0").into_bytes();
        list.resize(60, 0);
        data.extend(list);
    }
    let mut file = edf("BDF+C", 2, 1.0, &signals, &data);
    file[..8].copy_from_slice(b"\xffBIOSEMI");
    file
}
