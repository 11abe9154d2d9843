//! Small GDF, BrainVision and BCI2000 files made byte by byte.

/// One signal of [`gdf`].
#[derive(Clone)]
pub struct GdfSignal {
    pub label: &'static str,
    /// The unit as version 1 writes it, and its number in version 2.
    pub unit: (&'static str, u16),
    /// Physical minimum and maximum, digital minimum and maximum.
    pub limits: [f64; 4],
    pub samples: u32,
    pub kind: u32,
}

/// Position, code, channel and duration of an event.
pub type GdfEvent = (u32, u16, u16, u32);

/// What else a file of [`gdf`] holds.
pub struct GdfFile<'a> {
    pub version: &'a str,
    pub signals: &'a [GdfSignal],
    pub records: i64,
    /// Duration of a record: numerator and denominator.
    pub duration: [u32; 2],
    pub data: &'a [u8],
    /// The mode, the rate and the entries of the event table, if there is one.
    pub events: Option<(u8, f32, &'a [GdfEvent])>,
    /// The optional part of the header of version 2.
    pub tagged: &'a [u8],
}

pub fn gdf(file: &GdfFile) -> Vec<u8> {
    let version: f64 = file.version.parse().unwrap();
    let is_first = version < 1.9;
    let count = file.signals.len();
    let mut tagged = file.tagged.to_vec();
    tagged.resize(tagged.len().next_multiple_of(256), 0);
    let header_bytes = 256 * (count + 1) + tagged.len();
    let mut out = format!("{:<8}", format!("GDF {}", file.version)).into_bytes();
    out.resize(168, b' ');
    if is_first {
        out.extend(b"2009081216150000");
        out.extend((header_bytes as i64).to_le_bytes());
    } else {
        // 2009-08-12 16:15 as days since the year 0 in units of 2⁻³² days.
        let time = ((733_997_u64 << 32) as f64 + (16.25 / 24.0) * 2_f64.powi(32)) as u64;
        out.extend(time.to_le_bytes());
        out.extend([0; 8]);
        out.extend(((header_bytes / 256) as u16).to_le_bytes());
    }
    out.resize(236, 0);
    out.extend(file.records.to_le_bytes());
    if version < 2.205 {
        out.extend(file.duration.iter().flat_map(|d| d.to_le_bytes()));
    } else {
        out.extend((f64::from(file.duration[0]) / f64::from(file.duration[1])).to_le_bytes());
    }
    out.extend((count as u32).to_le_bytes());
    let mut column = |of: &dyn Fn(usize, &GdfSignal) -> Vec<u8>| {
        for (i, signal) in file.signals.iter().enumerate() {
            out.extend(of(i, signal));
        }
    };
    let padded = |text: &str, width: usize| format!("{text:<width$}").into_bytes();
    column(&|_, s| padded(s.label, 16));
    column(&|_, _| padded("", 80));
    if is_first {
        column(&|_, s| padded(s.unit.0, 8));
    } else {
        column(&|_, _| vec![0; 6]);
        column(&|_, s| s.unit.1.to_le_bytes().to_vec());
    }
    for i in 0..2 {
        column(&|_, s| s.limits[i].to_le_bytes().to_vec());
    }
    for i in 2..4 {
        column(&|_, s| {
            if is_first { (s.limits[i] as i64).to_le_bytes().to_vec() } else { s.limits[i].to_le_bytes().to_vec() }
        });
    }
    column(&|_, _| vec![0; 80]);
    column(&|_, s| s.samples.to_le_bytes().to_vec());
    column(&|_, s| s.kind.to_le_bytes().to_vec());
    // Version 2 has the electrode's position here.
    column(&|i, _| [i as f32, 0.5, 0.25].iter().flat_map(|x| x.to_le_bytes()).collect());
    column(&|_, _| vec![0; 20]);
    out.extend(tagged);
    out.extend_from_slice(file.data);
    if let Some((mode, rate, events)) = file.events {
        out.push(mode);
        let number = events.len() as u32;
        if version < 1.94 {
            out.extend(&(rate as u32).to_le_bytes()[..3]);
            out.extend(number.to_le_bytes());
        } else {
            out.extend(&number.to_le_bytes()[..3]);
            out.extend(rate.to_le_bytes());
        }
        out.extend(events.iter().flat_map(|e| e.0.to_le_bytes()));
        out.extend(events.iter().flat_map(|e| e.1.to_le_bytes()));
        if mode & 2 != 0 {
            out.extend(events.iter().flat_map(|e| e.2.to_le_bytes()));
            out.extend(events.iter().flat_map(|e| e.3.to_le_bytes()));
        }
    }
    out
}

/// Two records of 1 s: two 16-bit channels at 4 Hz, a 24-bit one at 2 Hz, and events of mode 3 at 4 Hz.
pub fn small_gdf(version: &str) -> Vec<u8> {
    let signals = [
        GdfSignal {
            label: "C3",
            unit: ("uV", 4275),
            limits: [-3276.8, 3276.7, -32768.0, 32767.0],
            samples: 4,
            kind: 3,
        },
        GdfSignal { label: "C4", unit: ("mV", 4274), limits: [-1.0, 1.0, -100.0, 100.0], samples: 4, kind: 3 },
        GdfSignal {
            label: "Temp",
            unit: ("degC", 6048),
            limits: [0.0, 50.0, -100_000.0, 100_000.0],
            samples: 2,
            kind: 279,
        },
    ];
    let mut data = Vec::new();
    for record in 0..2_i16 {
        data.extend((0..4).flat_map(|n| (record * 10 + n).to_le_bytes()));
        // The last sample of the second channel in the second record is at its limit.
        let second = |n: i16| if record == 1 && n == 3 { 100 } else { -(record * 10 + n) };
        data.extend((0..4).flat_map(|n| second(n).to_le_bytes()));
        for n in 0..2_i32 {
            let value = -50_000 + 1000 * (i32::from(record) * 2 + n);
            data.extend(&value.to_le_bytes()[..3]);
        }
    }
    let events = [(1, 768, 0, 0), (3, 769, 0, 4), (6, 770, 2, 0), (5, 32766, 0, 0)];
    gdf(&GdfFile {
        version,
        signals: &signals,
        records: 2,
        duration: [1, 1],
        data: &data,
        events: Some((3, 4.0, &events)),
        tagged: &[],
    })
}

/// A BrainVision header with these lines in its first section.
pub fn vhdr(common: &str, format: &str, channels: &[&str]) -> String {
    let list: String = channels.iter().enumerate().map(|(i, c)| format!("Ch{}={c}\r\n", i + 1)).collect();
    format!(
        "Brain Vision Data Exchange Header File Version 1.0\r\n; Data created by a test\r\n\r\n[Common Infos]\r\n\
         DataFile=a.eeg\r\nMarkerFile=a.vmrk\r\nDataFormat=BINARY\r\nNumberOfChannels={}\r\n{common}\r\n\
         [Binary Infos]\r\nBinaryFormat={format}\r\n[Channel Infos]\r\n{list}\r\n[Comment]\r\nnothing\r\n",
        channels.len()
    )
}

/// A BrainVision marker file with these lines.
pub fn vmrk(lines: &[&str]) -> String {
    let list: String = lines.iter().enumerate().map(|(i, l)| format!("Mk{}={l}\r\n", i + 1)).collect();
    format!(
        "Brain Vision Data Exchange Marker File, Version 1.0\r\n[Common Infos]\r\nDataFile=a.eeg\r\n[Marker Infos]\r\n{list}"
    )
}

/// A BCI2000 file: 3 channels at 256 Hz; `number` gives the bytes of each sample, `states` its state vector of 3 bytes.
pub fn bci2000(
    format: Option<&str>,
    rows: usize,
    number: &dyn Fn(usize, usize) -> Vec<u8>,
    states: &dyn Fn(usize) -> [u8; 3],
) -> Vec<u8> {
    let body = "[ State Vector Definition ]\r\nRunning 1 1 0 0\r\nTargetCode 4 0 0 1\r\nSourceTime 16 0 0 5\r\n\
        Beyond 9 0 2 5\r\n[ Parameter Definition ]\r\n\
        Source:Signal int SamplingRate= 256Hz 256Hz 1 % // rate\r\n\
        Source:Signal list ChannelNames= 3 C3 Cz C%204 % % // labels\r\n\
        Source:Signal floatlist SourceChOffset= 3 0 10 0 0 % % // offsets\r\n\
        Source:Signal floatlist SourceChGain= 3 0.5 2 0.001mV 0.003 % % // gains\r\n\
        Storage string StorageTime= Thu%20Feb%2012%202009 // time\r\n\r\n";
    let first = |length: usize| match format {
        Some(format) => {
            format!("BCI2000V= 1.1 HeaderLen= {length:>6} SourceCh= 3 StatevectorLen= 3 DataFormat= {format}\r\n")
        }
        None => format!("HeaderLen= {length:>6} SourceCh= 3 StatevectorLen= 3\r\n"),
    };
    let first = first(first(0).len() + body.len());
    let mut out = first.into_bytes();
    out.extend(body.as_bytes());
    for row in 0..rows {
        out.extend((0..3).flat_map(|channel| number(row, channel)));
        out.extend(states(row));
    }
    out
}

/// 200 samples of 16 bits; the target changes at samples 50 and 100, and one clock runs all the time.
pub fn small_bci2000() -> Vec<u8> {
    bci2000(None, 200, &|row, channel| ((row * 10 + channel) as i16).to_le_bytes().to_vec(), &states)
}

/// The state vector of [`small_bci2000`].
pub fn states(row: usize) -> [u8; 3] {
    let target: u32 = match row {
        50..100 => 2,
        _ => 0,
    };
    let bits = 1 | (target << 1) | ((row as u32 & 0xffff) << 5);
    let [a, b, c, _] = bits.to_le_bytes();
    [a, b, c]
}
