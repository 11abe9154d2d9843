use crate::backend::{self, Found, WAVE};
use crate::{LslError, StreamQuery, description};
use motrace_core::StreamInfo;
use std::time::{Duration, Instant};

/// How long a stream may take to send its description.
const DESCRIPTION_TIMEOUT: Duration = Duration::from_secs(3);
/// What the answers of discovery are checked against, before anybody says how much is to be buffered.
const SHORTEST_BUFFER_SECS: f64 = 1.0;

/// What answered to a look around.
#[derive(Debug, Default)]
pub struct Survey {
    /// Streams that can be opened, as discovery describes them: without labels and units.
    pub streams: Vec<StreamInfo>,
    /// Streams that claim too much or are unreadable, each with the reason.
    pub refused: Vec<LslError>,
}

/// All streams of this session that answer within `wait`, in the order of their names. Those that are refused
/// are left out; [`survey`] lists them too.
///
/// # Errors
/// When no query can be sent.
pub fn discover(wait: Duration) -> Result<Vec<StreamInfo>, LslError> {
    survey(wait).map(|survey| survey.streams)
}

/// All streams that answer within `wait`, and those that are refused.
///
/// # Errors
/// When no query can be sent.
pub fn survey(wait: Duration) -> Result<Survey, LslError> {
    let mut survey = Survey::default();
    for found in look(wait, false, |_| false)? {
        match description::check(&found, SHORTEST_BUFFER_SECS) {
            Ok(()) => survey.streams.push(description::short(&found)),
            Err(refusal) => survey.refused.push(refusal),
        }
    }
    survey.streams.sort_by(|a, b| (&a.name, &a.uid).cmp(&(&b.name, &b.uid)));
    Ok(survey)
}

/// The one stream that answers to the query, with labels, types and units. Returns as soon as it is found.
///
/// # Errors
/// Where none answers within `wait`, where several do, and where the one that does is refused.
pub fn find_one(query: &StreamQuery, wait: Duration) -> Result<StreamInfo, LslError> {
    find(query, wait).map(|(_, info)| info)
}

/// As [`find_one`], with what the backend needs to open it.
pub(crate) fn find(query: &StreamQuery, wait: Duration) -> Result<(Found, StreamInfo), LslError> {
    let seen = look(wait, query.uid.is_some(), |found| answers(query, found))?;
    let mut matching: Vec<Found> = seen.iter().filter(|f| answers(query, f)).cloned().collect();
    if matching.len() > 1 {
        let found = matching.iter().map(Found::describe).collect();
        return Err(LslError::Ambiguous { wanted: query.to_string(), found });
    }
    let Some(found) = matching.pop() else {
        let names: Vec<String> = seen.iter().map(Found::describe).collect();
        let seen = if names.is_empty() {
            "no stream answered at all; is the source running, and in the same LSL session and scope?".to_owned()
        } else {
            format!("there are: {}", names.join("; "))
        };
        return Err(LslError::NotFound { wanted: query.to_string(), waited_secs: wait.as_secs_f64(), seen });
    };
    description::check(&found, SHORTEST_BUFFER_SECS)?;
    let info = description::full(&found, DESCRIPTION_TIMEOUT)?;
    Ok((found, info))
}

pub(crate) fn answers(query: &StreamQuery, found: &Found) -> bool {
    query.matches_fields(&found.name, &found.kind, &found.source_id, &found.uid, &found.host)
}

/// Queries in waves for as long as `wait`. Once `wanted` says yes to a stream, one more wave looks for a twin
/// whose answer was lost or late, and the search ends; an identity (`is_unique`) has no twin.
fn look(wait: Duration, is_unique: bool, wanted: impl Fn(&Found) -> bool) -> Result<Vec<Found>, LslError> {
    let deadline = Instant::now() + wait;
    let mut seen: Vec<Found> = Vec::new();
    let mut last_wave = false;
    loop {
        for found in backend::resolve(WAVE.min(wait.max(Duration::from_millis(50))))? {
            if !seen.iter().any(|s| s.uid == found.uid) {
                seen.push(found);
            }
        }
        if last_wave || Instant::now() >= deadline {
            return Ok(seen);
        }
        last_wave = seen.iter().any(&wanted);
        if last_wave && is_unique {
            return Ok(seen);
        }
    }
}
