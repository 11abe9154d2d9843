use crate::Resolution;
use crate::field::decoded;
use crate::warnings::Warnings;
use motrace_core::{Channel, Role, StreamInfo, Unit, clean_text};

/// What the header says.
#[derive(Debug)]
pub(crate) struct Header {
    /// The length of the header.
    pub(crate) bytes: usize,
    pub(crate) format: NumberFormat,
    pub(crate) channels: Vec<Channel>,
    pub(crate) scales: Vec<Scale>,
    pub(crate) rate_hz: f64,
    /// The length of the state vector behind each sample.
    pub(crate) state_bytes: usize,
    pub(crate) states: Vec<State>,
    pub(crate) start: Option<String>,
    pub(crate) version: String,
    pub(crate) written_by: String,
}

/// How numbers are stored; little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberFormat {
    Int16,
    Int32,
    Float32,
}

/// From stored numbers to physical ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    pub(crate) gain: f64,
    pub(crate) offset: f64,
}

/// A number within the state vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) name: String,
    bits: usize,
    /// Its lowest bit, counted from the lowest bit of the first byte.
    first_bit: usize,
}

impl State {
    /// Reads a line: name, bits, initial value, byte, bit.
    fn parse(line: &str, state_bytes: usize) -> Option<Self> {
        let mut parts = line.split_whitespace();
        let name = parts.next()?;
        let numbers: Vec<usize> = parts.map_while(|p| p.parse().ok()).collect();
        let [bits, _, byte, bit] = *numbers.first_chunk()?;
        let first_bit = byte.checked_mul(8)?.checked_add(bit)?;
        let is_inside = first_bit.checked_add(bits)? <= state_bytes * 8;
        (is_inside && (1..=64).contains(&bits)).then(|| Self { name: clean_text(name, 80), bits, first_bit })
    }

    /// The value in a state vector.
    pub(crate) fn value(&self, vector: &[u8]) -> u64 {
        let (first, end) = (self.first_bit / 8, (self.first_bit + self.bits).div_ceil(8));
        let bytes = vector.get(first..end).unwrap_or_default();
        // At most nine bytes.
        let wide = bytes.iter().rev().fold(0_u128, |sum, b| (sum << 8) | u128::from(*b));
        ((wide >> (self.first_bit % 8)) & ((1 << self.bits) - 1)) as u64
    }
}

impl Header {
    /// How each channel is stored; nothing where floating-point numbers are.
    pub(crate) fn stored(&self) -> Vec<Option<Resolution>> {
        let stored = match self.format {
            NumberFormat::Int16 => [-32_768.0, 32_767.0],
            NumberFormat::Int32 => [-2_147_483_648.0, 2_147_483_647.0],
            NumberFormat::Float32 => return Vec::new(),
        };
        let resolution = |s: &Scale| Resolution { step: s.gain, offset: -s.offset * s.gain, stored };
        self.scales.iter().map(|s| Some(resolution(s))).collect()
    }

    /// How many bytes the signals of a sample take.
    pub(crate) fn signal_bytes(&self) -> usize {
        let width = if self.format == NumberFormat::Int16 { 2 } else { 4 };
        self.channels.len() * width
    }

    /// How many bytes the numbers and the states of a sample take.
    pub(crate) fn row_bytes(&self) -> usize {
        self.signal_bytes() + self.state_bytes
    }

    /// So much of a file is looked at for its first line.
    pub(crate) const FIRST_LINE_BYTES: usize = 1001;

    /// How many bytes at the beginning of a file have to be looked at, as its first line says.
    pub(crate) fn extent(begin: &[u8]) -> usize {
        let first_line = first_line(begin);
        let length = announced(&first_line, "HeaderLen").and_then(|v| v.parse().ok()).unwrap_or(0);
        length.max(Self::FIRST_LINE_BYTES)
    }

    /// Reads it from the beginning of a file, of which there is at least what [`extent`](Self::extent) says, or all.
    pub(crate) fn parse(bytes: &[u8], warnings: &mut Warnings) -> Result<Self, String> {
        let first_line = first_line(bytes);
        let announced = |key: &str| announced(&first_line, key);
        let count = |key: &str| -> Result<usize, String> {
            announced(key).and_then(|v| v.parse().ok()).ok_or_else(|| format!("its {key} is missing or not a number"))
        };
        let (header_bytes, channel_count, state_bytes) =
            (count("HeaderLen")?, count("SourceCh")?, count("StatevectorLen")?);
        let format = match announced("DataFormat").unwrap_or("int16") {
            "int16" => NumberFormat::Int16,
            "int32" => NumberFormat::Int32,
            "float32" => NumberFormat::Float32,
            other => {
                let other = clean_text(other, 20);
                return Err(format!("its DataFormat is {other}; int16, int32 and float32 can be read"));
            }
        };
        let text = decoded(bytes.get(..header_bytes).ok_or("the file ends inside its header")?);
        if state_bytes > 1 << 20 {
            return Err(format!("it announces {state_bytes} bytes of states for each sample"));
        }
        let parameter = |name: &str| text.lines().find_map(|line| values_of(line, name));
        let rate = parameter("SamplingRate").and_then(|v| v.first().cloned()).ok_or("it has no SamplingRate")?;
        let rate_hz = hertz(&rate).ok_or_else(|| format!("its SamplingRate is {}", clean_text(&rate, 20)))?;
        StreamInfo::check_limits(channel_count, rate_hz, 0.0).map_err(|e| e.to_string())?;
        let list = |name: &str| parameter(name).map(as_list).unwrap_or_default();
        let (gains, offsets, labels) = (list("SourceChGain"), list("SourceChOffset"), list("ChannelNames"));
        let gain_of = |i: usize| gains.get(i).and_then(|g| gain(g));
        let unscaled = (0..channel_count).filter(|i| gain_of(*i).is_none()).count();
        if unscaled > 0 {
            warnings.push(format!("{unscaled} of {channel_count} channels have no SourceChGain; the stored numbers are kept, without a unit"));
        }
        let channels = (0..channel_count).map(|i| {
            let label = labels.get(i).cloned().unwrap_or_default();
            Channel { role: Role::infer("", &label), label, unit: gain_of(i).map_or(Unit::Unspecified, |g| g.1) }
        });
        let scales = (0..channel_count).map(|i| Scale {
            gain: gain_of(i).map_or(1.0, |g| g.0),
            offset: offsets.get(i).and_then(|o| number_and_unit(o)).map_or(0.0, |o| o.0),
        });
        Ok(Self {
            bytes: header_bytes,
            format,
            channels: channels.collect(),
            scales: scales.collect(),
            rate_hz,
            state_bytes,
            states: states(&text, state_bytes, warnings),
            start: parameter("StorageTime")
                .and_then(|v| v.first().map(|t| clean_text(t, 60)))
                .filter(|t| !t.is_empty()),
            version: format!("BCI2000 {}", clean_text(announced("BCI2000V").unwrap_or("1.0"), 10)),
            written_by: "BCI2000".into(),
        })
    }
}

fn first_line(bytes: &[u8]) -> String {
    let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    decoded(&line[..line.len().min(Header::FIRST_LINE_BYTES - 1)])
}

/// The value behind a word in the first line.
fn announced<'a>(first_line: &'a str, key: &str) -> Option<&'a str> {
    let mut words = first_line.split_whitespace();
    let value = words.find_map(|w| w.strip_prefix(key)?.strip_prefix('='))?;
    if value.is_empty() { words.next() } else { Some(value) }
}

/// The definitions of all states. More of them than there are bits cannot be.
fn states(text: &str, state_bytes: usize, warnings: &mut Warnings) -> Vec<State> {
    let mut states = Vec::new();
    let mut left_out = 0_usize;
    let mut is_inside = false;
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
        if line.starts_with('[') {
            is_inside = line.contains("State Vector Definition");
        } else if is_inside {
            match State::parse(line, state_bytes) {
                Some(state) if states.len() < state_bytes * 8 => states.push(state),
                _ => left_out += 1,
            }
        }
    }
    if left_out > 0 {
        warnings.push(format!("{left_out} states are defined outside of the state vector and were not read"));
    }
    states
}

/// The values of a parameter if a line defines it: `Section type Name= value … // comment`.
fn values_of(line: &str, name: &str) -> Option<Vec<String>> {
    let mut words = line.split_whitespace();
    // Section and type stand before the name.
    words.by_ref().take(4).find(|w| w.strip_suffix('=') == Some(name))?;
    Some(words.take_while(|w| *w != "//").map(percent_decoded).collect())
}

/// The entries of a list: their number, or their names in braces, then the entries. Defaults and limits follow.
fn as_list(values: Vec<String>) -> Vec<String> {
    let mut values = values.into_iter();
    let count = match values.next().as_deref() {
        Some("{") => values.by_ref().take_while(|w| w != "}").count(),
        Some(count) => count.parse().unwrap_or(0),
        None => 0,
    };
    values.take(count).collect()
}

/// A word with its `%20` and the like; `%` alone stands for nothing.
fn percent_decoded(word: &str) -> String {
    if word == "%" {
        return String::new();
    }
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.first_chunk::<2>().filter(|_| *first == b'%');
        let decoded = code.and_then(|c| std::str::from_utf8(c).ok()).and_then(|c| u8::from_str_radix(c, 16).ok());
        match decoded {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    decoded(&bytes)
}

/// A number and what is written behind it.
fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    // The longest beginning that is a number: `1e-3V` is one, and so is `1` of `1eV`.
    let end = (1..=text.len()).rev().find(|end| text.get(..*end).is_some_and(|t| t.parse::<f64>().is_ok()))?;
    let value: f64 = text[..end].parse().ok()?;
    value.is_finite().then(|| (value, text[end..].trim()))
}

fn hertz(text: &str) -> Option<f64> {
    let (value, unit) = number_and_unit(text)?;
    match unit.to_ascii_lowercase().as_str() {
        "" | "hz" => Some(value),
        "khz" => Some(value * 1000.0),
        _ => None,
    }
    .filter(|rate| *rate > 0.0)
}

/// What one unit of the converter is; microvolts where nothing else is said.
fn gain(text: &str) -> Option<(f64, Unit)> {
    let (value, unit) = number_and_unit(text)?;
    let unit = match unit {
        "" | "muV" => Unit::Microvolts,
        other => Unit::parse(other),
    };
    (value != 0.0).then_some((value, unit))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_as_they_are_written() {
        let line = "Source:Signal floatlist SourceChGain= 3 0.1muV 2 3e-3mV 0.003 % % // 1 2 3";
        let gains = as_list(values_of(line, "SourceChGain").unwrap());
        assert_eq!(
            gains.iter().map(|g| gain(g).unwrap()).collect::<Vec<_>>(),
            [(0.1, Unit::Microvolts), (2.0, Unit::Microvolts), (3e-3, Unit::Millivolts)]
        );
        assert_eq!(values_of(line, "SourceCh"), None);
        let named = "Source list ChannelNames= { a b } C%203 % // names";
        assert_eq!(as_list(values_of(named, "ChannelNames").unwrap()), ["C 3", ""]);
        assert_eq!(
            ["256Hz", "1.5 kHz", "500", "-1", "fast"].map(|t| hertz(&t.replace(' ', ""))),
            [Some(256.0), Some(1500.0), Some(500.0), None, None]
        );
        assert_eq!(percent_decoded("100%25%2"), "100%%2");
    }

    #[test]
    fn states_are_bits_of_the_vector() {
        let state = |line: &str| State::parse(line, 4);
        let vector = [0b1010_0000, 0b0000_0011, 0xff, 0x80];
        assert_eq!(state("A 3 0 0 5").unwrap().value(&vector), 0b101);
        assert_eq!(state("B 16 0 0 5").unwrap().value(&vector), 0b1111_1000_0001_1101);
        assert_eq!(state("C 32 7 0 0").unwrap().value(&vector), 0x80ff_03a0);
        assert_eq!(
            ["D 1 0 4 0", "E 33 0 0 0", "F 0 0 0 0", "G 1 0 x 0", "H 1 0 9999999999999999999 9"].map(state),
            [None, None, None, None, None]
        );
    }
}
