//! Finding the streams of a session on the network.

use crate::config::Config;
use crate::failure::Failure;
use motrace_core::StreamInfo;
use motrace_lsl::{LslError, LslOptions, LslSource, StreamQuery};
use std::time::{Duration, Instant};

/// How long one look around takes: two waves of queries, so that one lost answer does no harm.
const LOOK: Duration = Duration::from_millis(900);

/// Opens the EEG stream of a session, which gives its own cues: no marker stream is read.
pub fn open_signal(config: &Config, name: Option<String>, wait: Duration) -> Result<LslSource, Failure> {
    let query = signal_query(config, name);
    let begin = Instant::now();
    loop {
        let left = LOOK.max(wait.saturating_sub(begin.elapsed()));
        let opened = find_again(&query, left, begin)
            .and_then(|found| LslSource::open(&found, Vec::new(), LslOptions::default()));
        match opened {
            Err(error) if is_worth_another_try(&error) && begin.elapsed() < wait => {}
            opened => return Ok(opened?),
        }
    }
}

/// Whether a stream may be there all the same: a source that is busy does not answer in time, or only to the first
/// question.
fn is_worth_another_try(error: &LslError) -> bool {
    matches!(error, LslError::NotFound { .. } | LslError::Network { .. })
}

fn signal_query(config: &Config, name: Option<String>) -> StreamQuery {
    let wanted = &config.stream;
    let kind = match (&wanted.kind, &name, &wanted.source_id) {
        (Some(kind), ..) => Some(kind.clone()),
        (None, None, None) => Some("EEG".to_owned()),
        _ => None,
    };
    StreamQuery { name, kind, source_id: wanted.source_id.clone(), ..StreamQuery::default() }
}

/// Opens the EEG stream (the one of this name, where one is given) and its marker streams.
pub fn open(config: &Config, name: Option<String>, wait: Duration) -> Result<LslSource, Failure> {
    let wanted = &config.stream;
    let query = signal_query(config, name);
    let is_cue = |stream: &StreamInfo| match &wanted.markers {
        Some(name) => stream.name == *name,
        None => stream.is_text && stream.is_irregular(),
    };
    let begin = Instant::now();
    loop {
        let seen = motrace_lsl::discover(LOOK)?;
        let matching = seen.iter().filter(|stream| query.matches(stream)).count();
        let mut cues: Vec<&StreamInfo> = seen.iter().filter(|s| is_cue(s)).collect();
        // A signal's own markers come before those of whatever else is on the network.
        let signal_names = || seen.iter().filter(|s| query.matches(s)).map(|s| format!("{}-markers", s.name));
        if wanted.markers.is_none() && cues.iter().any(|c| signal_names().any(|own| own == c.name)) {
            cues.retain(|c| signal_names().any(|own| own == c.name));
        }
        let markers: Vec<StreamQuery> = cues.into_iter().map(StreamQuery::from).collect();
        let is_complete = matching > 0 && (wanted.markers.is_none() || !markers.is_empty());
        let is_over = begin.elapsed() >= wait;
        if is_complete || is_over {
            let opened = open_found(config, &query, &seen, markers, begin, wait);
            match opened {
                Err(error) if is_worth_another_try(&error) && begin.elapsed() < wait => {}
                opened => return Ok(opened?),
            }
        }
    }
}

/// Opens what a look around has `seen`.
fn open_found(
    config: &Config,
    query: &StreamQuery,
    seen: &[StreamInfo],
    markers: Vec<StreamQuery>,
    begin: Instant,
    wait: Duration,
) -> Result<LslSource, LslError> {
    let matching = seen.iter().filter(|stream| query.matches(stream)).count();
    // None, or several: the search itself says it best.
    let Some(signal) = seen.iter().find(|s| matching == 1 && query.matches(s)) else {
        // Several answer again at once; where none has, there is nothing more to wait for.
        let again = if matching > 1 { LOOK.max(wait) } else { LOOK };
        let found = find_again(query, again, begin)?;
        return LslSource::open(&found, markers, LslOptions::default());
    };
    if let (Some(name), true) = (&config.stream.markers, markers.is_empty()) {
        find_again(&StreamQuery::named(name.as_str()), LOOK, begin)?;
    }
    LslSource::open(signal, markers, LslOptions::default())
}

/// Searches for what was looked for since `begin`, and says so where it is not there.
fn find_again(query: &StreamQuery, wait: Duration, begin: Instant) -> Result<StreamInfo, LslError> {
    motrace_lsl::find_one(query, wait).map_err(|error| match error {
        LslError::NotFound { wanted, seen, .. } => {
            LslError::NotFound { wanted, waited_secs: begin.elapsed().as_secs_f64(), seen }
        }
        other => other,
    })
}
