use super::sections::{Section, Sections, fields};
use crate::Resolution;
use crate::warnings::Warnings;
use motrace_core::{Channel, Role, StreamInfo, Unit, clean_text};

/// What the header says.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) channels: Vec<Channel>,
    /// What one stored unit is, in the unit of each channel.
    pub(crate) resolutions: Vec<f64>,
    /// Where the electrodes are; empty without coordinates.
    pub(crate) positions: Vec<Option<[f64; 3]>>,
    pub(crate) rate_hz: f64,
    pub(crate) format: NumberFormat,
    pub(crate) is_big_endian: bool,
    /// Whether the file holds channel after channel.
    pub(crate) is_vectorised: bool,
    /// Channels in each sample of the file that the header does not tell of.
    pub(crate) hidden: usize,
    /// How many samples are announced.
    pub(crate) points: Option<usize>,
    pub(crate) version: String,
    pub(crate) written_by: String,
}

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberFormat {
    Int16,
    Uint16,
    Int32,
    Float32,
    Float64,
}

impl NumberFormat {
    fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_uppercase().as_str() {
            "INT_16" => Self::Int16,
            "UINT_16" => Self::Uint16,
            "INT_32" => Self::Int32,
            "IEEE_FLOAT_32" => Self::Float32,
            "IEEE_FLOAT_64" => Self::Float64,
            _ => return None,
        })
    }

    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Int16 | Self::Uint16 => 2,
            Self::Int32 | Self::Float32 => 4,
            Self::Float64 => 8,
        }
    }
}

impl Header {
    /// How each channel is stored; nothing where floating-point numbers are.
    pub(crate) fn stored(&self) -> Vec<Option<Resolution>> {
        let stored = match self.format {
            NumberFormat::Int16 => [-32_768.0, 32_767.0],
            NumberFormat::Uint16 => [0.0, 65_535.0],
            NumberFormat::Int32 => [-2_147_483_648.0, 2_147_483_647.0],
            NumberFormat::Float32 | NumberFormat::Float64 => return Vec::new(),
        };
        self.resolutions.iter().map(|step| Some(Resolution { step: *step, offset: 0.0, stored })).collect()
    }

    pub(crate) fn parse(text: &str, warnings: &mut Warnings) -> Result<Self, String> {
        let sections = Sections::parse(text);
        let common = |key| sections.value(Section::CommonInfos, key);
        let refuse = |key: &str, value: &str, known: &str| {
            format!("its {key} is {}; {known} can be read", clean_text(value, 40))
        };
        if let Some(value) = common("DataFormat").filter(|v| !v.eq_ignore_ascii_case("BINARY")) {
            return Err(refuse("DataFormat", value, "BINARY"));
        }
        if let Some(value) = common("DataType").filter(|v| !v.eq_ignore_ascii_case("TIMEDOMAIN")) {
            return Err(refuse("DataType", value, "TIMEDOMAIN"));
        }
        let is_vectorised = match common("DataOrientation").unwrap_or("MULTIPLEXED").to_ascii_uppercase().as_str() {
            "MULTIPLEXED" => false,
            "VECTORIZED" => true,
            other => return Err(refuse("DataOrientation", other, "MULTIPLEXED and VECTORIZED")),
        };
        let format = match sections.value(Section::BinaryInfos, "BinaryFormat") {
            Some(name) => NumberFormat::parse(name).ok_or_else(|| {
                refuse("BinaryFormat", name, "INT_16, UINT_16, INT_32, IEEE_FLOAT_32 and IEEE_FLOAT_64")
            })?,
            None => {
                warnings.push("it has no BinaryFormat; INT_16 is assumed, as the format's description says");
                NumberFormat::Int16
            }
        };
        let count: usize = common("NumberOfChannels")
            .and_then(|v| v.parse().ok())
            .ok_or("its NumberOfChannels is missing or not a number")?;
        let interval_micros: f64 = common("SamplingInterval")
            .and_then(|v| v.parse().ok())
            .filter(|v: &f64| v.is_finite() && *v > 0.0)
            .ok_or("its SamplingInterval is missing or not a number of microseconds")?;
        let rate_hz = 1e6 / interval_micros;
        StreamInfo::check_limits(count, rate_hz, 0.0).map_err(|e| e.to_string())?;

        let (channels, resolutions) = channels(&sections, count, warnings);
        let title = sections.title;
        let is_v_amp = title.to_ascii_lowercase().contains("v-amp");
        if is_v_amp {
            warnings.push("V-Amp files hold one more channel than their header tells of; it was not read");
        }
        Ok(Self {
            channels,
            resolutions,
            positions: positions(&sections, count),
            rate_hz,
            format,
            is_big_endian: sections
                .value(Section::BinaryInfos, "UseBigEndianOrder")
                .is_some_and(|v| v.eq_ignore_ascii_case("YES")),
            is_vectorised,
            hidden: usize::from(is_v_amp),
            points: common("DataPoints").and_then(|v| v.parse().ok()),
            version: clean_text(title, 80),
            written_by: written_by(text),
        })
    }
}

fn channels(sections: &Sections, count: usize, warnings: &mut Warnings) -> (Vec<Channel>, Vec<f64>) {
    let mut channels = vec![Channel::default(); count];
    let mut resolutions = vec![1.0; count];
    let mut is_told = vec![false; count];
    for (number, value) in sections.numbered(Section::ChannelInfos, "Ch") {
        let Some(i) = number.checked_sub(1).filter(|i| *i < count) else { continue };
        let mut parts = fields(value);
        let label = parts.next().unwrap_or_default();
        let resolution = parts.nth(1).unwrap_or_default();
        // `Â` is what is left of µ where UTF-8 was taken for Latin-1. Where no unit is given, it is µV.
        let unit = match parts.next().unwrap_or_default().replace('\u{c2}', "") {
            unit if unit.is_empty() => Unit::Microvolts,
            unit => Unit::parse(&unit),
        };
        let role = match Role::infer("", &label) {
            // Temperature, conductance, arbitrary units: whatever it is called, it is no brain signal.
            Role::Eeg if matches!(unit, Unit::Other(_)) => Role::Aux,
            role => role,
        };
        match resolution.parse::<f64>() {
            Ok(value) if value.is_finite() && value != 0.0 => resolutions[i] = value,
            _ if resolution.is_empty() => {}
            _ => warnings.push(format!(
                "channel {}: its resolution {} is not a number; 1 is taken",
                clean_text(&label, 20),
                clean_text(&resolution, 20)
            )),
        }
        channels[i] = Channel { label, role, unit };
        is_told[i] = true;
    }
    let untold = is_told.iter().filter(|told| !**told).count();
    if untold > 0 {
        warnings.push(format!("{untold} of {count} channels are not described; they have no label and no unit"));
    }
    (channels, resolutions)
}

/// From the radius, the inclination from the vertex and the azimuth from the right, both in degrees. A radius of 0 says
/// that the position is not known.
fn positions(sections: &Sections, count: usize) -> Vec<Option<[f64; 3]>> {
    let mut positions = vec![None; count];
    for (number, value) in sections.numbered(Section::Coordinates, "Ch") {
        let numbers: Vec<f64> = fields(value).filter_map(|f| f.parse().ok()).collect();
        let [radius, theta, phi] = numbers[..] else { continue };
        let Some(place) = number.checked_sub(1).and_then(|i| positions.get_mut(i)) else { continue };
        let (theta, phi) = (theta.to_radians(), phi.to_radians());
        let position = [theta.sin() * phi.cos(), theta.sin() * phi.sin(), theta.cos()].map(|x| radius * x);
        *place = (radius > 0.0 && position.iter().all(|x| x.is_finite())).then_some(position);
    }
    if positions.iter().all(Option::is_none) { Vec::new() } else { positions }
}

/// What the comment `; Data created by …` says.
fn written_by(text: &str) -> String {
    let comments = text.lines().take(20).filter_map(|line| line.trim().strip_prefix(';'));
    let found = comments.map(str::trim).find_map(|c| c.strip_prefix("Data created by "));
    clean_text(found.unwrap_or_default().trim_start_matches("the ").trim(), 80)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    const HEADER: &str = "Brain Vision Data Exchange Header File Version 1.0\n; Data created by the Vision Recorder\n\
        [Common infos]\nDataFile=a.eeg\nNumberOfChannels=4\nSamplingInterval=3906.25\n[Binary Infos]\n\
        BinaryFormat=IEEE_FLOAT_32\n[Channel Infos]\nCh1=Fp1\\1left,,0.1,µV\nCh2=Cz,,,mV\nCh4=HL,,x,C\n\
        [Coordinates]\nCh1=1,-90,-72\nCh2=1,0,0\nCh4=0,0,0\n[Comment]\nCh3=no channel\n";

    #[test]
    fn quirks_are_understood() {
        let mut warnings = Warnings::default();
        let header = Header::parse(HEADER, &mut warnings).unwrap();
        assert_eq!((header.rate_hz, header.format, header.is_vectorised), (256.0, NumberFormat::Float32, false));
        let channels: Vec<_> = header.channels.iter().map(|c| (c.label.as_str(), c.role, c.unit.clone())).collect();
        assert_eq!(
            channels,
            [
                ("Fp1,left", Role::Eeg, Unit::Microvolts),
                ("Cz", Role::Eeg, Unit::Millivolts),
                ("", Role::Eeg, Unit::Unspecified),
                ("HL", Role::Aux, Unit::Other("C".into())),
            ]
        );
        assert_eq!(header.resolutions, [0.1, 1.0, 1.0, 1.0]);
        assert_eq!(header.written_by, "Vision Recorder");
        // Fp1 lies in front, to the left, level with the centre; Cz at the top; the last is not known.
        let [x, y, z] = header.positions[0].unwrap();
        assert!(x < -0.3 && y > 0.9 && z.abs() < 1e-9, "{x} {y} {z}");
        assert_eq!((header.positions[1], header.positions[3]), (Some([0.0, 0.0, 1.0]), None));
        let warnings = warnings.into_list().join("\n");
        assert!(warnings.contains("1 of 4 channels") && warnings.contains("resolution x"), "{warnings}");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (from, to, expected) in [
            ("DataFile=a.eeg", "DataFormat=ASCII", "DataFormat is ASCII"),
            ("DataFile=a.eeg", "DataType=FREQUENCYDOMAIN", "DataType"),
            ("DataFile=a.eeg", "DataOrientation=SIDEWAYS", "DataOrientation"),
            ("IEEE_FLOAT_32", "BCD", "BinaryFormat"),
            ("NumberOfChannels=4", "NumberOfChannels=2000000000", "2000000000 channels"),
            ("NumberOfChannels=4", "", "NumberOfChannels"),
            ("3906.25", "-1", "SamplingInterval"),
            ("3906.25", "1e-9", "a rate of"),
        ] {
            let error = Header::parse(&HEADER.replace(from, to), &mut Warnings::default()).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
