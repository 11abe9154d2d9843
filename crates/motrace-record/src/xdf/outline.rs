use super::read::Reader;
use super::sliding::Sliding;
use crate::bytes::Unreadable;
use crate::recording::Contents;
use crate::select::holds_markers;
use crate::stored::{Stored, StoredSamples};
use std::path::Path;

/// Everything that can be read from an XDF file, but for the samples and stamps of streams that are no markers, which
/// stay in the file.
///
/// While it is read, the stamps of all samples are in memory, because the gaps follow from all of them.
pub(crate) fn outline_of(path: &Path) -> Result<(Contents, Vec<Option<Stored>>), Unreadable> {
    let mut file = Sliding::open(path)?;
    let mut reader = Reader::default();
    while let Some(id) = file.step(&mut reader)? {
        if let Some(stream) = reader.stream(id).filter(|s| !holds_markers(&s.info)) {
            stream.forget_values();
        }
    }
    let (mut contents, timelines) = reader.finish()?;
    let mut stored = Vec::with_capacity(timelines.len());
    for (stream, timeline) in contents.streams.iter_mut().zip(timelines) {
        if holds_markers(&stream.info) {
            stream.stamps_secs = timeline.into_stamps();
            stored.push(None);
        } else {
            stream.arrival_secs = Vec::new();
            stored.push(Some(Stored { timeline, samples: StoredSamples::Xdf(path.to_owned(), stream.id) }));
        }
    }
    Ok((contents, stored))
}
