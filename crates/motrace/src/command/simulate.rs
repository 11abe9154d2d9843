//! `motrace simulate`

use crate::arguments::SimulateArguments;
use crate::failure::Failure;
use crate::output::{duration, say};
use crate::{setup, simulated};
use motrace_core::{Poll, Source};
use motrace_record::{Recording, XdfWriter};

/// Writes what a simulated person does into an XDF file: the same seed, the same bytes.
pub fn run(arguments: &SimulateArguments) -> Result<(), Failure> {
    let config = arguments.config.read()?;
    let mut person = simulated::person(&config, 25, false)?;
    let info = person.info().clone();
    let mut writer = XdfWriter::create_dated(&arguments.output, std::time::UNIX_EPOCH)?;
    let signal = writer.add_stream(&info)?;
    let markers = writer.add_stream(&setup::text_stream(
        &format!("{}-markers", info.name),
        "Markers",
        &format!("{}-markers", info.source_id),
        "marker",
    ))?;
    let (mut index, mut missing_secs) = (0_u64, 0.0);
    let mut samples = Vec::new();
    loop {
        match person.poll(&mut samples)? {
            Poll::Samples(count) => {
                let stamps: Vec<f64> =
                    (0..count as u64).map(|i| missing_secs + (index + i) as f64 / info.rate_hz).collect();
                writer.write_samples(signal, &stamps, &samples)?;
                index += count as u64;
                samples.clear();
                writer.flush_if_due(index as f64 / info.rate_hz)?;
            }
            Poll::Marker(marker) => writer.write_text(markers, marker.time_secs, &marker.text)?,
            Poll::Gap(gap) => missing_secs += gap.length_secs,
            Poll::Idle => {}
            Poll::End => break,
        }
    }
    writer.finish()?;
    let recording = Recording::open(&arguments.output)?;
    say(&format!(
        "wrote {}, {}, sha256 {}",
        arguments.output.display(),
        duration(index as f64 / info.rate_hz),
        recording.sha256
    ));
    Ok(())
}
