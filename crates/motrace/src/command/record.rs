//! `motrace record`

use crate::arguments::RecordArguments;
use crate::failure::Failure;
use crate::output::{self, duration, say};
use crate::recorder::{Happening, StreamRecorder, StreamTotal};
use crate::{setup, stopping};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use motrace_core::clean_text;
use motrace_record::{RecordError, XdfWriter};
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Between two looks at what has come.
const TURN_EVERY: Duration = Duration::from_millis(20);
/// Between two pictures of how far it is.
const SHOW_EVERY: Duration = Duration::from_millis(500);
/// After so many looks around, all that was there when it began has answered.
const ENOUGH_LOOKS: u64 = 3;

/// What was recorded, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    file: &'a PathBuf,
    bytes: u64,
    seconds: f64,
    streams: &'a [StreamTotal],
    error: Option<&'a str>,
}

/// Records streams from the network into an XDF file.
pub fn run(arguments: &RecordArguments) -> Result<(), Failure> {
    let config = arguments.config.read()?;
    if arguments.output.exists() {
        let shown = arguments.output.display();
        return Err(Failure::failed(format_args!("{shown} exists already; give another name or remove it")));
    }
    setup::lsl(&config.lsl)?;
    let stop = stopping::on_request();
    let names = arguments.stream.clone();
    let mut recorder = StreamRecorder::start(move |s| names.is_empty() || names.contains(&s.name))?;
    find(&mut recorder, arguments, &stop)?;
    let mut writer = XdfWriter::create(&arguments.output)?;
    let begin = Instant::now();
    let written = record(&mut recorder, &mut writer, arguments, begin, &stop);
    let seconds = begin.elapsed().as_secs_f64();
    let (streams, error) = match written {
        Ok(()) => close(recorder, writer, seconds),
        Err(e) => (recorder.totals(), Some(e)),
    };
    let error = error.map(|e| format!("the recording is incomplete: {e}; it ends after {}", duration(seconds)));
    report(arguments, seconds, &streams, error.as_deref())?;
    error.map_or(Ok(()), |error| Err(Failure::failed(error)))
}

/// Waits until the streams that were named are there, or, where none was, those that answer.
fn find(recorder: &mut StreamRecorder, arguments: &RecordArguments, stop: &AtomicBool) -> Result<(), Failure> {
    let begin = Instant::now();
    let wait = Duration::from_secs(arguments.wait.into());
    loop {
        let found: Vec<String> = recorder.found().map(|s| s.name.clone()).collect();
        let missing: Vec<&String> = arguments.stream.iter().filter(|name| !found.contains(name)).collect();
        let has_looked = recorder.looks() >= ENOUGH_LOOKS || !arguments.stream.is_empty();
        if missing.is_empty() && !found.is_empty() && has_looked {
            return Ok(());
        }
        if begin.elapsed() >= wait || stop.load(Ordering::Relaxed) {
            if missing.is_empty() && !found.is_empty() {
                return Ok(());
            }
            let what = match missing.as_slice() {
                [] => "no stream".to_owned(),
                [name] => format!("no stream named `{}`", clean_text(name, 60)),
                names => {
                    let names: Vec<String> = names.iter().map(|n| format!("`{}`", clean_text(n, 60))).collect();
                    format!("no streams named {}", names.join(", "))
                }
            };
            let waited = duration(begin.elapsed().as_secs_f64());
            return Err(Failure::failed(format_args!("{what} was found within {waited}; {}", what_is_there()?)));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn what_is_there() -> Result<String, Failure> {
    let seen = motrace_lsl::survey(Duration::from_millis(900))?;
    if seen.streams.is_empty() && seen.refused.is_empty() {
        return Ok("nothing answers; is the source running, and in the same LSL session and scope?".to_owned());
    }
    let names = seen.streams.iter().map(|s| format!("`{}` ({})", clean_text(&s.name, 60), clean_text(&s.kind, 30)));
    let all: Vec<String> = names.chain(seen.refused.iter().map(ToString::to_string)).collect();
    Ok(format!("there are: {}", all.join(", ")))
}

fn record(
    recorder: &mut StreamRecorder,
    writer: &mut XdfWriter,
    arguments: &RecordArguments,
    begin: Instant,
    stop: &AtomicBool,
) -> Result<(), RecordError> {
    let limit = arguments.seconds.map(|s| Duration::from_secs(s.into()));
    let progress = progress();
    let mut shown: Option<Instant> = None;
    loop {
        let now = begin.elapsed();
        let turned = recorder.turn(writer, now.as_secs_f64(), &mut |happening| {
            progress.suspend(|| tell(&happening, arguments.json));
        });
        if let Err(e) = turned.and_then(|()| writer.flush_if_due(now.as_secs_f64())) {
            progress.finish_and_clear();
            return Err(e);
        }
        if shown.is_none_or(|at| at.elapsed() >= SHOW_EVERY) {
            shown = Some(Instant::now());
            progress.set_message(how_far(&recorder.totals(), now));
            progress.tick();
        }
        if stop.load(Ordering::Relaxed) || limit.is_some_and(|limit| begin.elapsed() >= limit) {
            progress.finish_and_clear();
            return Ok(());
        }
        std::thread::sleep(TURN_EVERY);
    }
}

/// Writes what is left, and the footers.
fn close(recorder: StreamRecorder, mut writer: XdfWriter, now_secs: f64) -> (Vec<StreamTotal>, Option<RecordError>) {
    let so_far = recorder.totals();
    match recorder.finish(&mut writer, now_secs) {
        Ok(streams) => (streams, writer.finish().err()),
        Err(e) => (so_far, Some(e)),
    }
}

fn tell(happening: &Happening, json: bool) {
    let line = match happening {
        Happening::Recording(stream) => format!("recording {stream}"),
        Happening::Back(stream) => format!("{stream} is back"),
        Happening::Lost(stream) => return output::warn(&format!("{stream} went away; it is looked for")),
        Happening::Changed { name, what } => {
            return output::warn(&format!(
                "{name} came back as something else ({what}); it is a new stream in the file"
            ));
        }
        Happening::Refused(why) => return output::warn(why),
    };
    if json {
        let _ = writeln!(std::io::stderr(), "{line}");
    } else {
        say(&line);
    }
}

/// A line on standard error that is drawn anew, seen only where that is a terminal.
fn progress() -> ProgressBar {
    let target =
        if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
        bar.set_style(style);
    }
    bar
}

fn how_far(streams: &[StreamTotal], elapsed: Duration) -> String {
    let counts: Vec<String> = streams.iter().map(|s| format!("{} {}", clean_text(&s.name, 20), s.samples)).collect();
    format!("{}  {}", duration(elapsed.as_secs_f64()), counts.join("  "))
}

fn report(
    arguments: &RecordArguments,
    seconds: f64,
    streams: &[StreamTotal],
    error: Option<&str>,
) -> Result<(), Failure> {
    let bytes = std::fs::metadata(&arguments.output).map_or(0, |m| m.len());
    if arguments.json {
        return output::json(&Summary { file: &arguments.output, bytes, seconds, streams, error });
    }
    if error.is_some() {
        return Ok(()); // what came is not what is in the file
    }
    for stream in streams {
        let span = match (stream.first_secs, stream.last_secs) {
            (Some(first), Some(last)) if stream.rate_hz > 0.0 => format!(" over {}", duration(last - first)),
            _ => String::new(),
        };
        let dropped = if stream.dropped > 0 { format!(", {} lost", stream.dropped) } else { String::new() };
        say(&format!("{:<24} {} samples{span}{dropped}", clean_text(&stream.name, 60), stream.samples));
    }
    say(&format!(
        "{}: {} streams, {}, {:.1} MB",
        arguments.output.display(),
        streams.len(),
        duration(seconds),
        bytes as f64 / 1e6
    ));
    Ok(())
}
