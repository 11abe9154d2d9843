/// What boundary chunks hold, to be found by searching.
pub(crate) const BOUNDARY: [u8; 16] =
    [0x43, 0xA5, 0x46, 0xDC, 0xCB, 0xF5, 0x41, 0x0F, 0xB3, 0x0E, 0xD5, 0x46, 0x73, 0x83, 0xCB, 0xE4];

/// What the text of headers and footers ends with.
pub(crate) const TEXT_END: &[u8] = b"</info>";

pub(crate) const FILE_HEADER: u16 = 1;
pub(crate) const STREAM_HEADER: u16 = 2;
pub(crate) const SAMPLES: u16 = 3;
pub(crate) const CLOCK_OFFSET: u16 = 4;
pub(crate) const BOUNDARY_TAG: u16 = 5;
pub(crate) const STREAM_FOOTER: u16 = 6;

/// The outside of one chunk: its tag, its stream, and where its content lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) tag: u16,
    /// The stream it belongs to; 0 for chunks of the whole file.
    pub(crate) stream: u32,
    /// Where its content begins, behind tag and stream number.
    pub(crate) body: usize,
    /// Where it ends by its own account; may lie beyond the end of the file.
    pub(crate) end: usize,
}

/// Reads a length of 1, 4 or 8 bytes; gives it and the position behind it.
pub(crate) fn varlen(bytes: &[u8], pos: usize) -> Option<(u64, usize)> {
    let rest = bytes.get(pos.checked_add(1)?..)?;
    match *bytes.get(pos)? {
        1 => Some((u64::from(*rest.first()?), pos + 2)),
        4 => Some((u64::from(u32::from_le_bytes(*rest.first_chunk()?)), pos + 5)),
        8 => Some((u64::from_le_bytes(*rest.first_chunk()?), pos + 9)),
        _ => None,
    }
}

impl Frame {
    /// The chunk that begins at `pos`, if its length and tag can be ones. The end of the file may lie inside it.
    pub(crate) fn at(bytes: &[u8], pos: usize) -> Option<Self> {
        let (length, tag_at) = varlen(bytes, pos)?;
        let end = tag_at.checked_add(usize::try_from(length).ok()?)?;
        let tag = u16::from_le_bytes(*bytes.get(tag_at..)?.first_chunk()?);
        let fits = match tag {
            FILE_HEADER => length >= 2,
            STREAM_HEADER | STREAM_FOOTER => length >= 6,
            SAMPLES => length >= 8,
            CLOCK_OFFSET => length == 22,
            BOUNDARY_TAG => length == 18,
            _ => length >= 2,
        };
        if !fits {
            return None;
        }
        let (stream, body) = if matches!(tag, STREAM_HEADER | SAMPLES | CLOCK_OFFSET | STREAM_FOOTER) {
            (u32::from_le_bytes(*bytes.get(tag_at + 2..)?.first_chunk()?), tag_at + 6)
        } else {
            (0, tag_at + 2)
        };
        Some(Self { tag, stream, body, end })
    }

    /// Whether the tag is one that XDF 1.0 defines.
    pub(crate) fn is_known(&self) -> bool {
        (FILE_HEADER..=STREAM_FOOTER).contains(&self.tag)
    }
}

/// Whether a chunk seems to begin at `pos`: its frame fits, its stream has been announced, and its content
/// begins as such a chunk does. The end of the file counts as the beginning of nothing more.
pub(crate) fn is_plausible(bytes: &[u8], pos: usize, is_announced: impl Fn(u32) -> bool) -> bool {
    if pos == bytes.len() {
        return true;
    }
    let Some(frame) = Frame::at(bytes, pos) else { return false };
    let begins = |with: &[u8]| bytes.get(frame.body..).is_some_and(|b| b.iter().zip(with).all(|(x, y)| x == y));
    match frame.tag {
        SAMPLES => {
            is_announced(frame.stream)
                && varlen(bytes, frame.body).is_some_and(|(count, at)| {
                    let room = (frame.end - frame.body) as u64;
                    count <= room && (count == 0 || bytes.get(at).is_none_or(|flag| matches!(flag, 0 | 8)))
                })
        }
        CLOCK_OFFSET => is_announced(frame.stream),
        STREAM_FOOTER => is_announced(frame.stream) && begins(b"<"),
        STREAM_HEADER | FILE_HEADER => begins(b"<"),
        BOUNDARY_TAG => begins(&BOUNDARY),
        _ => false,
    }
}

/// The next position at or behind `from` where reading can go on: a boundary, or a chunk that is followed by another.
pub(crate) fn resynchronise(bytes: &[u8], from: usize, is_announced: impl Fn(u32) -> bool) -> Option<usize> {
    (from..bytes.len()).find(|pos| {
        matches!(bytes[*pos], 1 | 4 | 8)
            && is_plausible(bytes, *pos, &is_announced)
            && Frame::at(bytes, *pos).is_some_and(|frame| {
                frame.end <= bytes.len() && (frame.tag == BOUNDARY_TAG || is_plausible(bytes, frame.end, &is_announced))
            })
    })
}
