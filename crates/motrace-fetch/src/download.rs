use crate::checksums;
use crate::client::Client;
use crate::part::{Note, Part};
use crate::{FetchError, Progress};
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::Path;
use ureq::Body;
use ureq::http::{HeaderMap, Response};

/// No file of a collection is larger than this.
const MOST_BYTES: u64 = 8 << 30;

/// What a finished download was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Downloaded {
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    /// How many of them were here before.
    pub(crate) resumed_from: u64,
}

/// What a file has to be, and who says so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) sha256: &'a str,
    pub(crate) source_of: &'a str,
}

/// Downloads a file, going on with what is here of it; it gets its name once it is whole and right.
pub(crate) fn download(
    client: &Client,
    url: &str,
    target: &Path,
    expected: Option<Expected<'_>>,
    watch: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Downloaded, FetchError> {
    let mut part = Part::open(target)?;
    let began_with = part.len()?;
    let (mut tries, mut pause) = (1, client.patience().pause);
    let resumed_from = loop {
        let before = part.len()?;
        match attempt(client, url, &mut part, expected.is_some(), watch) {
            Ok(resumed_from) => break if began_with == 0 { 0 } else { resumed_from.min(began_with) },
            Err(error) if !error.is_passing() => {
                if part.len()? == 0 {
                    part.discard();
                }
                return Err(error);
            }
            Err(error) => {
                // As long as something comes, it is worth going on.
                let is_better = part.len()? > before;
                tries = if is_better { 1 } else { tries + 1 };
                if tries > client.patience().tries.max(1) {
                    if part.len()? == 0 {
                        part.discard();
                    }
                    return Err(error);
                }
                if watch(Progress::Trying { url, tries, why: &error }).is_break() {
                    return Err(FetchError::Stopped);
                }
                std::thread::sleep(pause);
                pause = if is_better { client.patience().pause } else { pause * 2 };
            }
        }
    };
    let bytes = part.len()?;
    let sha256 = checksums::of_file(&part.path)?;
    if let Some(expected) = expected.filter(|e| !e.sha256.eq_ignore_ascii_case(&sha256)) {
        part.discard();
        return Err(FetchError::WrongChecksum {
            url: url.to_owned(),
            expected: expected.sha256.to_owned(),
            found: sha256,
            source_of: expected.source_of.to_owned(),
        });
    }
    part.finish(target)?;
    Ok(Downloaded { sha256, bytes, resumed_from })
}

/// One request. Gives from which byte on it went on, when the file is whole.
fn attempt(
    client: &Client,
    url: &str,
    part: &mut Part,
    is_checked: bool,
    watch: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<u64, FetchError> {
    let mut have = part.len()?;
    let is_same = part.note.url == url;
    // Without a validator only a checksum can tell later that both halves belong together.
    if have > 0 && !(is_same && (part.note.validator.is_some() || is_checked)) {
        part.restart(Note::default())?;
        have = 0;
    }
    let validator = part.note.validator.clone();
    let range = (have > 0).then_some((have, validator.as_deref()));
    let mut response = client.get(url, range)?;
    let status = response.status().as_u16();
    let resumed_from = match status {
        206 if have > 0 => {
            let said = content_range(response.headers());
            if !matches!(said, Some((from, _)) if from == have) {
                // Not what was asked for; the whole file is asked for next.
                part.restart(Note::default())?;
                return Err(FetchError::Truncated { url: url.to_owned(), have: 0, total: have });
            }
            if let Some((_, Some(total))) = said {
                part.note.bytes = Some(total);
            }
            have
        }
        200 => {
            part.restart(note(url, &response))?;
            0
        }
        // Nothing is left to send: it is whole, or it is another file than before.
        416 if part.note.bytes == Some(have) => return Ok(have),
        416 => {
            part.restart(Note::default())?;
            return Err(FetchError::Truncated { url: url.to_owned(), have: 0, total: have });
        }
        404 | 410 => return Err(FetchError::NotFound { url: url.to_owned(), status }),
        _ => return Err(FetchError::Status { url: url.to_owned(), status }),
    };
    let limit = part.note.bytes.unwrap_or(MOST_BYTES).min(MOST_BYTES);
    let outcome = copy(client, url, part, response.body_mut(), resumed_from, limit, watch);
    let have = part.len()?;
    match (outcome, part.note.bytes) {
        // A connection that ends early is told apart from a whole file by its length, whatever the reader said of it.
        (Ok(()) | Err(FetchError::Unreachable { .. }), Some(total)) if have < total => {
            Err(FetchError::Truncated { url: url.to_owned(), have, total })
        }
        (outcome, _) => outcome.map(|()| resumed_from),
    }
}

fn copy(
    client: &Client,
    url: &str,
    part: &mut Part,
    body: &mut Body,
    from: u64,
    limit: u64,
    watch: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<(), FetchError> {
    part.file.seek(SeekFrom::Start(from)).map_err(|e| part.io(e))?;
    let mut reader = body.with_config().limit(u64::MAX).reader();
    let mut block = vec![0; 1 << 16];
    let mut have = from;
    loop {
        let read = match reader.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(client.explained(url, ureq::Error::from(e))),
        };
        have += read as u64;
        if have > limit {
            part.restart(Note::default())?;
            return Err(FetchError::TooLong { url: url.to_owned(), limit });
        }
        part.file.write_all(&block[..read]).map_err(|e| part.io(e))?;
        if watch(Progress::Bytes { url, have, total: part.note.bytes }).is_break() {
            return Err(FetchError::Stopped);
        }
    }
}

/// What a server says of a file that it sends whole.
fn note(url: &str, response: &Response<Body>) -> Note {
    let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    // A weak entity tag does not promise the same bytes.
    let strong = header("etag").filter(|tag| tag.starts_with('"'));
    Note {
        url: url.to_owned(),
        validator: strong.or_else(|| header("last-modified")),
        bytes: header("content-length").and_then(|l| l.trim().parse().ok()),
    }
}

/// `bytes 100-199/200`: the first byte, and how many there are in all.
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let text = headers.get("content-range")?.to_str().ok()?.trim();
    let (range, total) = text.strip_prefix("bytes")?.trim_start().split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, total.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("content-range", text.parse().unwrap());
            content_range(&headers)
        };
        assert_eq!(read("bytes 100-199/200"), Some((100, Some(200))));
        assert_eq!(read("bytes 5-9/*"), Some((5, None)));
        for text in ["", "bytes */200", "items 1-2/3", "bytes x-2/3", "bytes 99999999999999999999-2/3"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
