//! `motrace convert`

use crate::arguments::ConvertArguments;
use crate::config::Config;
use crate::failure::Failure;
use crate::output::{self, duration, say};
use crate::{recordings, setup, stopping};
use motrace_core::clean_text;
use motrace_record::{
    Conversion, ConvertError, ConvertOptions, Format, RecordError, Recording, StreamQuery, convert, unfinished_folder,
};

/// Writes a recording in another format.
pub fn run(arguments: &ConvertArguments) -> Result<(), Failure> {
    // What can be seen to be wrong is said before a large file is read.
    if Format::to_write(&arguments.output).is_none() {
        return Err(Failure::usage(ConvertError::Ending { path: arguments.output.clone() }));
    }
    if arguments.output.exists() && !arguments.force {
        return Err(ConvertError::Exists { path: arguments.output.clone() }.into());
    }
    let config = arguments.config.read()?;
    let input = match &arguments.input {
        folder if recordings::is_session(folder) => folder.join("recording.xdf"),
        other => recordings::only(other)?,
    };
    let mut recording = Recording::open_with_tables(&input)?;
    // What is said of the recording elsewhere than in the file that is named.
    let beside: Vec<String> =
        recording.provenance.files.iter().skip(1).map(|f| clean_text(&f.path.display().to_string(), 200)).collect();
    let query = StreamQuery {
        name: arguments.stream.clone().or_else(|| config.stream.name.clone()),
        kind: config.stream.kind.clone().filter(|_| arguments.stream.is_none()),
    };
    if arguments.config.config.is_some() {
        describe(&mut recording, &query, &config)?;
    }
    let warned = recording.warnings.len();
    for warning in &recording.warnings {
        output::warn(&clean_text(warning, 300));
    }
    if let Some((from_secs, to_secs)) = part(arguments, &config, &recording, &query)? {
        recording = recording.between(from_secs, to_secs);
        for warning in recording.warnings.iter().skip(warned) {
            output::warn(&clean_text(warning, 300));
        }
    }
    let unfinished = unfinished_folder(&arguments.output);
    let _ = stopping::on_request_then(move || {
        let _ = std::fs::remove_dir_all(&unfinished);
        output::note("stopped; nothing was written");
        std::process::exit(130);
    });
    let options = ConvertOptions { force: arguments.force, stream: query };
    let done = convert(&recording, &arguments.output, &options).map_err(|e| match e {
        // A folder that is not there is named as the user named it.
        ConvertError::Record(RecordError::Io { doing: "create", source, .. }) => {
            Failure::failed(format_args!("cannot write {}: {source}", arguments.output.display()))
        }
        e => e.into(),
    })?;
    if arguments.json {
        return output::json(&done);
    }
    report(&done, &beside);
    Ok(())
}

/// Says of the signal what the configuration says of it.
fn describe(recording: &mut Recording, query: &StreamQuery, config: &Config) -> Result<(), Failure> {
    let signal = recording.signal(query)?;
    let info = setup::overrides(config).apply(&signal.info)?;
    let place = recording.streams.iter().position(|s| std::ptr::eq(s, signal));
    if let Some(stream) = place.and_then(|place| recording.streams.get_mut(place)) {
        stream.info = info;
    }
    Ok(())
}

/// The part that is wanted, in the recording's clock; `None` for all of it.
fn part(
    arguments: &ConvertArguments,
    config: &Config,
    recording: &Recording,
    query: &StreamQuery,
) -> Result<Option<(f64, f64)>, Failure> {
    let signal = recording.signal(query)?;
    let (Some(first), Some(last)) = (signal.stamps_secs.first(), signal.stamps_secs.last()) else { return Ok(None) };
    if let Some((a, b)) = arguments.trials {
        let of_classes = || config.trials.classes.iter().flat_map(|c| c.markers.clone()).collect();
        let cues: Vec<String> = if arguments.cues.is_empty() { of_classes() } else { arguments.cues.clone() };
        if cues.is_empty() {
            return Err(Failure::usage(
                "which markers are cues? Name them with --cue, or give a configuration with classes (-c)",
            ));
        }
        let times: Vec<f64> =
            recording.events().iter().filter(|e| cues.contains(&e.text)).map(|e| e.time_secs).collect();
        let (Some(from), Some(to)) = (times.get(a - 1), times.get(b - 1)) else {
            let shown = cues.iter().map(|c| clean_text(c, 20)).collect::<Vec<_>>().join(", ");
            return Err(Failure::failed(format_args!(
                "trials {a} to {b} are wanted; there are {} ({shown})",
                times.len()
            )));
        };
        return Ok(Some((from - arguments.before, to + arguments.after)));
    }
    if arguments.from.is_none() && arguments.to.is_none() {
        return Ok(None);
    }
    let length = last - first;
    let from = arguments.from.unwrap_or(0.0);
    if arguments.to.is_some_and(|to| to <= from) {
        return Err(Failure::usage("--to has to be later than --from"));
    }
    if from > length {
        return Err(Failure::failed(format_args!(
            "--from {from} lies behind the end: the signal is {} long",
            duration(length)
        )));
    }
    // What is rounded in the last digits of times must not cost a sample.
    let slack = 1e-6 / signal.info.rate_hz.max(1.0);
    let begin = if arguments.from.is_some() { first + from - slack } else { f64::NEG_INFINITY };
    Ok(Some((begin, arguments.to.map_or(f64::INFINITY, |to| first + to - slack))))
}

fn report(done: &Conversion, beside: &[String]) {
    let [from, format] = [&done.from, &done.format].map(|t| clean_text(t, 200));
    say(&format!("read        {from}, {}", done.from_format));
    for path in beside {
        say(&format!("with        {path}"));
    }
    for file in &done.files {
        say(&format!("wrote       {}, {} bytes", clean_text(&file.path.display().to_string(), 200), file.bytes));
    }
    say(&format!("format      {format}"));
    for stream in &done.streams {
        let rate = if stream.rate_hz == 0.0 { "irregular".into() } else { format!("{} Hz", stream.rate_hz) };
        let pauses = match stream.gaps {
            0 => String::new(),
            1 => ", 1 pause".into(),
            more => format!(", {more} pauses"),
        };
        say(&format!(
            "stream      {}: {} channel(s), {} samples, {rate}{pauses}",
            clean_text(&stream.name, 60),
            stream.channels.len(),
            stream.samples
        ));
    }
    for kept in &done.kept {
        say(&format!("kept        {}", clean_text(kept, 300)));
    }
    for lost in &done.lost {
        say(&format!("lost        {}", clean_text(lost, 400)));
    }
    say("compared    read again, and the same but for what is said above");
}
