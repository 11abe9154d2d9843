//! Finding the streams of a session on the network.

use crate::config::Config;
use crate::failure::Failure;
use motrace_lsl::{LslOptions, LslSource, StreamQuery};
use std::time::Duration;

/// How long marker streams are looked for; they answer as fast as the EEG did.
const MARKER_WAIT: Duration = Duration::from_millis(900);

/// Opens the EEG stream (the one of this name, where one is given) and its marker streams.
pub fn open(config: &Config, name: Option<String>, wait: Duration) -> Result<LslSource, Failure> {
    let wanted = &config.stream;
    let kind = match (&wanted.kind, &name, &wanted.source_id) {
        (Some(kind), ..) => Some(kind.clone()),
        (None, None, None) => Some("EEG".to_owned()),
        _ => None,
    };
    let query = StreamQuery { name, kind, source_id: wanted.source_id.clone(), ..StreamQuery::default() };
    let signal = motrace_lsl::find_one(&query, wait)?;
    let markers = match &wanted.markers {
        Some(name) => vec![StreamQuery::named(name)],
        None => motrace_lsl::discover(MARKER_WAIT)?
            .iter()
            .filter(|stream| stream.is_text && stream.is_irregular())
            .map(StreamQuery::from)
            .collect(),
    };
    Ok(LslSource::open(&signal, markers, LslOptions { find_wait: wait, ..LslOptions::default() })?)
}
