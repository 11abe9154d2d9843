//! Converting recordings: to XDF, EDF+, BDF+ and BrainVision.
//!
//! What is written goes to a folder beside the target, is read again with the readers of this crate, compared with its
//! source, and only then put in place. What a target cannot hold is said, not hidden.

mod compare;
mod course;
mod cut;
mod line;
mod losses;
mod place;
mod report;
mod start;
mod written;
mod xdf;

pub(crate) use course::{Course, Pauses};
pub(crate) use line::{cut_to, one_line};
pub(crate) use losses::Losses;
pub use place::unfinished_folder;
pub use report::{Compared, Conversion, ConvertedChannel, ConvertedStream};
pub(crate) use start::Start;
pub(crate) use written::{WrittenEvent, WrittenStream};

use crate::select::is_markers;
use crate::{
    Format, RecordError, RecordedStream, Recording, Samples, SelectError, SourceFile, StreamQuery, brainvision, edf,
};
use compare::Comparison;
use place::{Workshop, io};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// How to convert.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConvertOptions {
    /// Replace files that are there.
    pub force: bool,
    /// The signal; where it is named, no other goes with it.
    pub stream: StreamQuery,
}

/// Why a recording was not converted. Nothing is left behind.
#[derive(Debug, Error)]
pub enum ConvertError {
    /// Reading or writing failed.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// No single signal could be chosen.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// The target is there.
    #[error("{path} exists already; give another name, or --force to replace it", path = path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The target is the source.
    #[error("{path} is the recording itself; give another name", path = path.display())]
    Itself {
        /// The file.
        path: PathBuf,
    },
    /// The ending of the target is of no format that is written.
    #[error("{path}: its ending says no format that is written; .xdf, .edf, .bdf and .vhdr do", path = path.display())]
    Ending {
        /// The file.
        path: PathBuf,
    },
    /// The recording does not fit into the format.
    #[error("{format} cannot hold this recording: {what}")]
    Unfit {
        /// The format.
        format: &'static str,
        /// Why, and what to do.
        what: String,
    },
    /// What was written is not what it was made from.
    #[error("what was written as {format} does not read as its source, and was removed: {what}")]
    Differs {
        /// The format.
        format: &'static str,
        /// The first difference.
        what: String,
    },
}

/// Writes a recording in the format that the ending of `to` says: `.xdf`, `.edf` (EDF+), `.bdf` (BDF+) or `.vhdr`
/// (BrainVision, with `.eeg` and `.vmrk` beside it).
///
/// XDF takes all streams as they are. The others take the signal that [`Recording::signal`] finds; EDF and BDF also
/// those that begin and pause with it, at rates of their own. Samples keep their unit, but for volts in EDF and BDF,
/// which are written as microvolts. Pauses stay: as a discontinuous file (EDF+D, BDF+D), or as new segments.
///
/// # Errors
/// As [`ConvertError`] says. The target is then as it was before.
pub fn convert(recording: &Recording, to: &Path, options: &ConvertOptions) -> Result<Conversion, ConvertError> {
    let format = Format::to_write(to).ok_or_else(|| ConvertError::Ending { path: to.to_owned() })?;
    let files = place::files(to, format);
    for file in &files {
        check(recording, file, options.force)?;
    }
    let workshop = Workshop::beside(to)?;
    let start = recording.start.as_deref().and_then(Start::parse);
    let mut losses = Losses::default();
    let unfit = |what| ConvertError::Unfit { format: format.name(), what };
    let path = workshop.path(to);
    let reread = || Recording::open(&path);
    let differs = |what| ConvertError::Differs { format: format.name(), what };

    let (again, comparison, pairs) = if format == Format::Xdf {
        let places = streams_of_xdf(recording, &options.stream)?;
        xdf::write(&path, recording, &places, start)?;
        let again = reread()?;
        let comparison = compare::streams(recording, &places, &again).map_err(differs)?;
        say_of_xdf(recording, &places, &mut losses);
        (again, comparison, places)
    } else {
        let (main, others) = signals(recording, &options.stream)?;
        let stream = &recording.streams[main];
        // Where times count from the date, the signal begins so much later.
        let first = stream.stamps_secs.first().copied().unwrap_or_default();
        let start = start.map(|s| if recording.format == Format::Xdf { s } else { s.later(first) });
        let events = recording.events();
        let (streams, events) = if format == Format::BrainVision {
            say_left_out(recording, &others, &mut losses);
            let layout =
                brainvision::Layout::of(recording.format, &recording.streams, main, &events, start, &mut losses)
                    .ok_or_else(|| unfit("there is nothing to write".to_owned()))?;
            write_brainvision(&layout, &files, &workshop)?;
            (vec![layout.written], layout.events)
        } else {
            let places: Vec<usize> = std::iter::once(main).chain(others).collect();
            let mut layout = edf::write::Layout::of(format, &recording.streams, &places, &events, start, &mut losses)
                .map_err(unfit)?;
            write_file(&path, |out| layout.write(out))?;
            (layout.streams, layout.events)
        };
        let again = reread()?;
        let comparison = compare::signals(recording, &streams, &events, &again).map_err(differs)?;
        say_of_signals(recording, &streams, format, start, &mut losses);
        let pairs = streams.iter().map(|s| s.source).collect();
        say_of_events(recording, format, &mut losses);
        (again, comparison, pairs)
    };
    let read = again.streams.iter().filter(|s| format == Format::Xdf || !s.info.is_text);
    for (stream, read) in pairs.iter().filter_map(|p| recording.streams.get(*p)).zip(read) {
        compare::channels(stream, read, &mut losses);
    }
    let conversion = conclude(recording, format, &again, comparison, &files, losses);
    workshop.put_in_place(&files, options.force)?;
    Ok(conversion)
}

/// Checks that a file may be written.
fn check(recording: &Recording, file: &Path, force: bool) -> Result<(), ConvertError> {
    let Ok(there) = file.canonicalize() else {
        // It is not there; whether its folder is, creating it tells.
        return Ok(());
    };
    let sources = recording.provenance.files.iter().map(|f| f.path.as_path()).chain([recording.path.as_path()]);
    for source in sources {
        if source.canonicalize().is_ok_and(|source| source == there) {
            return Err(ConvertError::Itself { path: file.to_owned() });
        }
    }
    if force && there.is_file() { Ok(()) } else { Err(ConvertError::Exists { path: file.to_owned() }) }
}

fn write_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> Result<(), ConvertError> {
    let file = File::create_new(path).map_err(|e| io("create", path, e))?;
    let mut out = BufWriter::with_capacity(1 << 18, file);
    let written = write(&mut out).and_then(|()| out.flush()).and_then(|()| out.get_ref().sync_all());
    written.map_err(|e| io("write", path, e))
}

fn write_brainvision(layout: &brainvision::Layout, files: &[PathBuf], workshop: &Workshop) -> Result<(), ConvertError> {
    let [data, markers, header] = files else { return Ok(()) };
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    write_file(&workshop.path(data), |out| layout.write_signals(out))?;
    write_file(&workshop.path(markers), |out| out.write_all(layout.markers(&name(data)).as_bytes()))?;
    let text = layout.header(&name(data), &name(markers));
    write_file(&workshop.path(header), |out| out.write_all(text.as_bytes()))
}

/// The place of the signal, and those of the regular streams that may go with it.
fn signals(recording: &Recording, query: &StreamQuery) -> Result<(usize, Vec<usize>), ConvertError> {
    let signal = recording.signal(query)?;
    let place = recording.streams.iter().position(|s| std::ptr::eq(s, signal)).unwrap_or(0);
    if signal.sample_count() == 0 {
        let what = "it has no samples in this part".to_owned();
        return Err(SelectError::Unsuitable { name: signal.info.name.clone(), what }.into());
    }
    let is_named = *query != StreamQuery::default();
    let goes_along = |s: &RecordedStream| !s.info.is_text && !s.info.is_irregular() && s.sample_count() > 0;
    let others = recording.streams.iter().enumerate();
    let others = others.filter(|(i, s)| *i != place && !is_named && goes_along(s)).map(|(i, _)| i).collect();
    Ok((place, others))
}

/// The places of the streams that XDF takes: all, or the one that is named, and the streams of markers.
fn streams_of_xdf(recording: &Recording, query: &StreamQuery) -> Result<Vec<usize>, ConvertError> {
    if *query == StreamQuery::default() {
        return Ok((0..recording.streams.len()).collect());
    }
    let signal = recording.signal(query)?;
    let is_meant = |s: &RecordedStream| std::ptr::eq(s, signal) || is_markers(s) || s.info.is_text;
    Ok(recording.streams.iter().enumerate().filter(|(_, s)| is_meant(s)).map(|(i, _)| i).collect())
}

fn say_left_out(recording: &Recording, others: &[usize], losses: &mut Losses) {
    for stream in others.iter().filter_map(|p| recording.streams.get(*p)) {
        losses.push(format!(
            "stream {:?} is left out: BrainVision holds one rate",
            motrace_core::clean_text(&stream.info.name, 40)
        ));
    }
}

/// What XDF does not hold.
fn say_of_xdf(recording: &Recording, places: &[usize], losses: &mut Losses) {
    let left_out = recording.streams.len() - places.len();
    losses.count(left_out, "streams are left out: another was named");
    let streams = || places.iter().filter_map(|p| recording.streams.get(*p));
    let durations = streams().flat_map(|s| &s.durations_secs).filter(|d| d.is_finite()).count();
    losses.count(durations, "durations of markers are lost: XDF holds their beginnings");
    let names = streams().flat_map(|s| &s.event_details).filter(|d| !d.name.is_empty() || d.channel.is_some()).count();
    losses.count(names, "markers keep their text; their type, meaning or channel is lost");
    let unknown = streams().flat_map(|s| &s.gaps).filter(|g| g.length_secs == 0.0).count();
    losses.count(unknown, "pauses of unknown length are lost: XDF holds the times of samples alone");
    if recording.format == Format::Xdf {
        if streams().any(|s| !s.clock_offsets.is_empty()) {
            losses.push("times are in the recorder's clock; the measured clock offsets are applied, and not kept");
        }
        losses.push("what the descriptions of streams say beside their channels is not kept");
    }
}

/// What EDF, BDF and BrainVision do not hold of signals.
fn say_of_signals(
    recording: &Recording,
    streams: &[WrittenStream],
    format: Format,
    start: Option<Start>,
    losses: &mut Losses,
) {
    for written in streams {
        let Some(stream) = recording.streams.get(written.source) else { continue };
        if written.padding > 0 {
            losses.push(format!(
                "the last record is filled up: {} samples behind the last repeat its value, as records are whole",
                written.padding
            ));
        }
        let unknown = written.course.unknown_pauses();
        if format != Format::BrainVision {
            losses.count(unknown, "pauses of unknown length are written as 1 s");
        }
        let clipped: u64 = written.clipped.iter().sum();
        let missing: u64 = written.missing.iter().sum();
        if clipped > 0 {
            losses.push(format!("{clipped} values at a rail lie beyond the limits, and stand at them"));
        }
        if missing > 0 {
            losses.push(format!(
                "{missing} values that are not numbers stand at the lower limit; BrainVision and XDF hold them"
            ));
        }
        if (written.rate_hz / stream.info.rate_hz - 1.0).abs() > 1e-12 {
            losses.push(format!("the rate is written as {} Hz, it is {} Hz", written.rate_hz, stream.info.rate_hz));
        }
        let drift = written.course.drift_secs();
        if drift.abs() > 0.5 / stream.info.rate_hz {
            losses.push(format!(
                "samples are even at {} Hz: the device's own clock was {:.3} s {} at the end (its rate was {:.4} Hz)",
                stream.info.rate_hz,
                drift.abs(),
                if drift > 0.0 { "behind" } else { "ahead" },
                stream.rate_between_gaps_hz
            ));
        }
        if format == Format::BrainVision
            && matches!(stream.samples, Samples::F64(_) | Samples::I32(_) | Samples::I64(_))
        {
            losses.push("wide numbers are rounded to single precision (7 digits)");
        }
    }
    if start.is_none() && recording.start.is_some() {
        losses.push("the date of the recording is not one that can be written");
    }
    let irregular =
        recording.streams.iter().filter(|s| s.info.is_irregular() && !is_markers(s) && s.sample_count() > 0).count();
    losses.count(irregular, "irregular streams that are no markers are left out");
}

/// What EDF, BDF and BrainVision do not hold of markers.
fn say_of_events(recording: &Recording, format: Format, losses: &mut Losses) {
    if recording.format == format || (recording.format, format) == (Format::Bdf, Format::Edf) {
        return;
    }
    let details = recording.streams.iter().flat_map(|s| &s.event_details);
    let names = details.filter(|d| !d.name.is_empty() || d.channel.is_some()).count();
    losses.count(names, "markers keep their text; their type, meaning or channel is lost");
    let streams = recording.streams.iter().filter(|s| is_markers(s) && s.sample_count() > 0).count();
    if streams > 1 {
        losses.push(format!("the markers of {streams} streams are in one list"));
    }
}

fn conclude(
    recording: &Recording,
    format: Format,
    again: &Recording,
    Comparison { compared, streams }: Comparison,
    files: &[PathBuf],
    losses: Losses,
) -> Conversion {
    let moved = |file: &SourceFile| {
        let place = files.iter().find(|f| f.file_name() == file.path.file_name());
        SourceFile { path: place.cloned().unwrap_or_else(|| file.path.clone()), ..file.clone() }
    };
    let mut losses = losses;
    let quantised = streams.iter().flat_map(|s| &s.channels).filter(|c| c.step.is_some());
    let mut kept = Vec::new();
    if compared.changed == 0 {
        kept.push(format!("all {} values, exactly", compared.values));
    } else {
        let worst = |volts: bool| {
            let steps = quantised.clone().filter_map(|c| if volts { c.step_volts } else { c.step });
            steps.fold(0.0_f64, f64::max)
        };
        kept.push(format!("{} values to half a quantisation step", compared.values));
        losses.push(if worst(true) > 0.0 {
            format!(
                "{} values are rounded to steps of at most {:.3e} V (each channel's is listed in --json)",
                compared.changed,
                worst(true)
            )
        } else {
            format!("{} values are rounded to the precision of the format", compared.changed)
        });
    }
    kept.push(format!(
        "{} markers, each within {:.2} of a sample",
        compared.markers, compared.largest_marker_shift_samples
    ));
    let version = if again.provenance.version.is_empty() || format == Format::BrainVision {
        format.name().to_owned()
    } else {
        again.provenance.version.clone()
    };
    Conversion {
        from: recording.path.display().to_string(),
        from_format: recording.format.name(),
        format: version,
        files: again.provenance.files.iter().map(moved).collect(),
        streams,
        markers: usize::try_from(compared.markers).unwrap_or(usize::MAX),
        kept,
        lost: losses.into_list(),
        compared,
    }
}
