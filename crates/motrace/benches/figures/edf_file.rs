//! A plain EDF file to be read back.

use std::io::{BufWriter, Write};
use std::path::Path;

/// Writes so many records of one second, digital and physical range alike, 16 bits a sample.
pub fn write(path: &Path, labels: &[String], rate_hz: usize, records: usize, samples: &[f32]) -> std::io::Result<()> {
    let mut file = BufWriter::new(std::fs::File::create_new(path)?);
    let channels = labels.len();
    let mut field = |text: &str, width: usize| write!(file, "{text:<width$.width$}");
    for (text, width) in
        [("0", 8), ("X X X X", 80), ("Startdate 01-JAN-2020 X X X", 80), ("01.01.20", 8), ("00.00.00", 8)]
    {
        field(text, width)?;
    }
    field(&((channels + 1) * 256).to_string(), 8)?;
    field("", 44)?;
    for number in [records, 1] {
        field(&number.to_string(), 8)?;
    }
    field(&channels.to_string(), 4)?;
    for label in labels {
        field(label, 16)?;
    }
    for (text, width) in [("", 80), ("uV", 8), ("-3276.8", 8), ("3276.7", 8), ("-32768", 8), ("32767", 8), ("", 80)] {
        for _ in 0..channels {
            field(text, width)?;
        }
    }
    for _ in 0..channels {
        field(&rate_hz.to_string(), 8)?;
    }
    for _ in 0..channels {
        field("", 32)?;
    }
    let second = rate_hz * channels;
    for record in 0..records {
        let begin = record * second % (samples.len() - second + 1);
        let frames = &samples[begin..begin + second];
        for channel in 0..channels {
            for value in frames.iter().skip(channel).step_by(channels) {
                file.write_all(&((value * 10.0) as i16).to_le_bytes())?;
            }
        }
    }
    file.flush()
}
