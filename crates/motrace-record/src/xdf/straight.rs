use super::frame::{self, Frame, varlen};
use super::read::{Reader, View};
use super::sliding::{LOOK_AHEAD_BYTES, is_enough};
use crate::Samples;
use crate::bytes::{Bytes, FileBytes, READ_BYTES, Unreadable};
use crate::recording::Contents;
use crate::whole::processors;
use std::io;
use std::path::Path;

/// Less than so many bytes of samples are not worth a thread.
const LEAST_BYTES: usize = 1 << 21;

/// Reads a whole file in which nothing is damaged: first where its chunks are, then the samples, on all processors, each chunk to
/// its place. `None` where anything is not as it should be; the reader that recovers gives the same for the rest.
pub(crate) fn read_straight(path: &Path) -> Result<Option<Contents>, Unreadable> {
    let mut bytes = FileBytes::open(path)?;
    let mut reader = Reader::default();
    let Some(chunks) = chunks(&mut bytes, &mut reader)? else { return Ok(None) };
    for (place, chunks) in chunks.iter().enumerate().filter(|(_, chunks)| !chunks.is_empty()) {
        let Some(stream) = reader.at(place) else { return Ok(None) };
        let channels = stream.info.channels.len();
        let Some((samples, mut stamps)) = (match &stream.samples {
            Samples::F32(_) => filled(path, chunks, channels, f32::from_le_bytes)?.map(|(v, s)| (Samples::F32(v), s)),
            Samples::F64(_) => filled(path, chunks, channels, f64::from_le_bytes)?.map(|(v, s)| (Samples::F64(v), s)),
            Samples::I8(_) => filled(path, chunks, channels, i8::from_le_bytes)?.map(|(v, s)| (Samples::I8(v), s)),
            Samples::I16(_) => filled(path, chunks, channels, i16::from_le_bytes)?.map(|(v, s)| (Samples::I16(v), s)),
            Samples::I32(_) => filled(path, chunks, channels, i32::from_le_bytes)?.map(|(v, s)| (Samples::I32(v), s)),
            Samples::I64(_) => filled(path, chunks, channels, i64::from_le_bytes)?.map(|(v, s)| (Samples::I64(v), s)),
            Samples::Text(_) => return Ok(None),
        }) else {
            return Ok(None);
        };
        stream.deduce(&mut stamps);
        (stream.samples, stream.stamps) = (samples, stamps);
    }
    Ok(Some(reader.finish_whole()?))
}

/// A chunk of samples.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    count: usize,
    /// Where its samples begin in the file, and where they end.
    begin: usize,
    end: usize,
}

/// The chunks of samples of each stream of numbers; everything else is read at once.
fn chunks(bytes: &mut FileBytes, reader: &mut Reader) -> io::Result<Option<Vec<Vec<Chunk>>>> {
    let len = bytes.len();
    let mut chunks: Vec<Vec<Chunk>> = Vec::new();
    let mut pos = 4;
    while pos < len {
        let head = bytes.get_alone(pos..pos.saturating_add(LOOK_AHEAD_BYTES).min(len))?;
        let Some(frame) = Frame::at(head, 0).filter(|frame| frame.end <= len - pos) else { return Ok(None) };
        let end = pos + frame.end;
        if frame.tag == frame::SAMPLES {
            let Some((place, sample_bytes)) = reader.numbers_of(frame.stream) else {
                // Text, or a stream that cannot be used.
                if !step(bytes, reader, pos, end)? {
                    return Ok(None);
                }
                pos = end;
                continue;
            };
            let Some((count, begin)) = varlen(head, frame.body) else { return Ok(None) };
            let begin = pos + begin;
            // Each sample has at least a byte that says whether there is a stamp, so files bound what is asked of memory.
            let room = end.saturating_sub(begin) / (sample_bytes + 1);
            let Some(count) = usize::try_from(count).ok().filter(|count| *count <= room) else { return Ok(None) };
            if chunks.len() <= place {
                chunks.resize(place + 1, Vec::new());
            }
            chunks[place].push(Chunk { count, begin, end });
        } else if !step(bytes, reader, pos, end)? {
            return Ok(None);
        }
        pos = end;
    }
    Ok(Some(chunks))
}

/// Lets the reader take a chunk; whether it needs no more of the file for that, and ends where it says.
fn step(bytes: &mut FileBytes, reader: &mut Reader, pos: usize, end: usize) -> io::Result<bool> {
    let until = end.saturating_add(LOOK_AHEAD_BYTES).min(bytes.len());
    let view = View { bytes: bytes.get_alone(pos..until)?, begin: pos };
    let is_enough = Frame::at(view.bytes, 0).is_some_and(|frame| is_enough(reader, view, frame));
    Ok(is_enough && reader.step(view, 0) == end - pos)
}

/// Values `[samples × channels]` and stamps of all chunks; a stamp that is not there is not a number.
fn filled<V: Copy + Default + Send, const N: usize>(
    path: &Path,
    chunks: &[Chunk],
    channels: usize,
    from: impl Fn([u8; N]) -> V + Sync,
) -> io::Result<Option<(Vec<V>, Vec<f64>)>> {
    let count: usize = chunks.iter().map(|chunk| chunk.count).sum();
    let bytes: usize = chunks.iter().map(|chunk| chunk.end - chunk.begin).sum();
    let (mut values, mut stamps) = (vec![V::default(); count * channels], vec![0.0; count]);
    let threads = (bytes / LEAST_BYTES).clamp(1, processors());
    let fill = |chunks: &[Chunk], mut values: &mut [V], mut stamps: &mut [f64]| -> io::Result<bool> {
        let mut bytes = FileBytes::open(path)?;
        for chunk in chunks {
            let (own_values, own_stamps);
            (own_values, values) = std::mem::take(&mut values).split_at_mut(chunk.count * channels);
            (own_stamps, stamps) = std::mem::take(&mut stamps).split_at_mut(chunk.count);
            if !decode(&mut bytes, chunk, channels, own_values, own_stamps, &from)? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    let is_whole = if threads == 1 {
        fill(chunks, &mut values, &mut stamps)?
    } else {
        std::thread::scope(|scope| {
            let (mut rest, mut values, mut stamps) = (chunks, &mut values[..], &mut stamps[..]);
            let mut running = Vec::with_capacity(threads);
            while !rest.is_empty() {
                let mut taken = 0;
                let own = rest.iter().take_while(|chunk| {
                    let is_wanted = taken < bytes.div_ceil(threads);
                    taken += chunk.end - chunk.begin;
                    is_wanted
                });
                let (own, others) = rest.split_at(own.count());
                let samples: usize = own.iter().map(|chunk| chunk.count).sum();
                let (own_values, other_values) = values.split_at_mut(samples * channels);
                let (own_stamps, other_stamps) = stamps.split_at_mut(samples);
                (rest, values, stamps) = (others, other_values, other_stamps);
                let fill = &fill;
                running.push(scope.spawn(move || fill(own, own_values, own_stamps)));
            }
            running.into_iter().try_fold(true, |all, thread| {
                let is_whole = thread.join().map_err(|_| io::Error::other("a reading thread failed"))??;
                Ok::<bool, io::Error>(all && is_whole)
            })
        })?
    };
    Ok(is_whole.then_some((values, stamps)))
}

/// Decodes a chunk, piece by piece; whether its samples are as many as it says, and end where it ends.
fn decode<V, const N: usize>(
    bytes: &mut FileBytes,
    chunk: &Chunk,
    channels: usize,
    values: &mut [V],
    stamps: &mut [f64],
    from: impl Fn([u8; N]) -> V,
) -> io::Result<bool> {
    let sample_bytes = channels * N;
    let mut rows = values.chunks_exact_mut(channels.max(1));
    let mut stamps = stamps.iter_mut();
    let (mut at, mut left) = (chunk.begin, chunk.count);
    while left > 0 {
        let wanted = READ_BYTES.max(sample_bytes + 9).min(chunk.end - at);
        let piece = bytes.get_alone(at..at + wanted)?;
        let mut pos = 0;
        while left > 0 {
            let (stamp, begin) = match piece.get(pos) {
                None => break,
                Some(0) => (f64::NAN, pos + 1),
                Some(8) => match piece.get(pos + 1..).and_then(|rest| rest.first_chunk()) {
                    Some(stamp) => (f64::from_le_bytes(*stamp), pos + 9),
                    None => break,
                },
                Some(_) => return Ok(false),
            };
            let Some(own) = piece.get(begin..begin + sample_bytes) else { break };
            // A stamp that is no number counts as damage, and is told of by the reader that recovers.
            if begin == pos + 9 && !stamp.is_finite() {
                return Ok(false);
            }
            if let Some(row) = rows.next() {
                row.iter_mut().zip(own.as_chunks::<N>().0).for_each(|(value, bytes)| *value = from(*bytes));
            }
            if let Some(place) = stamps.next() {
                *place = stamp;
            }
            pos = begin + sample_bytes;
            left -= 1;
        }
        // The rest of the chunk has less than a sample.
        if pos == 0 {
            return Ok(false);
        }
        at += pos;
    }
    Ok(at == chunk.end)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::super::{read, read_from};
    use super::*;
    use crate::XdfWriter;
    use motrace_core::{Channel, StreamInfo};

    /// Two streams of numbers and one of text, more than a thread's worth, in chunks of many sizes.
    fn written(path: &Path) {
        let mut writer = XdfWriter::create(path).unwrap();
        let info = |name: &str, channels: usize, rate_hz: f64, is_text: bool| StreamInfo {
            name: name.into(),
            rate_hz,
            channels: vec![Channel::default(); channels],
            is_text,
            ..StreamInfo::default()
        };
        let large = writer.add_stream(&info("large", 32, 500.0, false)).unwrap();
        let cues = writer.add_stream(&info("cues", 1, 0.0, true)).unwrap();
        let small =
            writer.add_stream_of(&info("small", 3, 50.0, false), motrace_core::SampleFormat::Double64, &[]).unwrap();
        let mut sample = 0;
        for chunk in 0..260_usize {
            let count = 1 + chunk * 37 % 411;
            let values: Vec<f32> = (0..count * 32).map(|i| (i % 8191) as f32 - chunk as f32).collect();
            let stamps: Vec<f64> = (sample..sample + count).map(|i| i as f64 / 500.0).collect();
            sample += count;
            writer.write_samples(large, &stamps, &values).unwrap();
            writer.write_samples_f64(small, &[stamps[0], stamps[0] + 0.02], &[chunk as f64; 6]).unwrap();
            writer.write_text(cues, stamps[0], "cue").unwrap();
        }
        writer.finish().unwrap();
    }

    fn same(a: &Contents, b: &Contents) {
        assert_eq!(a.streams.len(), b.streams.len());
        for (a, b) in a.streams.iter().zip(&b.streams) {
            assert_eq!((&a.info, &a.gaps), (&b.info, &b.gaps));
            assert!(a.samples == b.samples && a.stamps_secs == b.stamps_secs && a.arrival_secs == b.arrival_secs);
        }
    }

    #[test]
    fn an_undamaged_file_is_read_straight_and_any_other_by_the_reader_that_recovers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.xdf");
        written(&path);
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes.len() > 2 * LEAST_BYTES);
        let whole = read(&bytes).unwrap();
        same(&read_straight(&path).unwrap().unwrap(), &whole);
        same(&read_from(&path).unwrap(), &whole);

        // Cut off, one flag that is none, a number of samples that is too large, a stamp that is no number.
        let body = (0..).find(|at| bytes[*at..].starts_with(&[3, 0, 1, 0, 0, 0])).unwrap() + 6;
        let (_, first) = varlen(&bytes, body).unwrap();
        let changed = |at: usize, to: &[u8]| {
            let mut bytes = bytes.clone();
            bytes[at..at + to.len()].copy_from_slice(to);
            bytes
        };
        let cases = [
            bytes[..bytes.len() - 1].to_vec(),
            bytes[..bytes.len() / 2].to_vec(),
            changed(first, &[7]),
            changed(first - 1, &[200]),
            changed(first + 1, &f64::NAN.to_le_bytes()),
        ];
        for (number, damaged) in cases.iter().enumerate() {
            let path = folder.path().join(format!("{number}.xdf"));
            std::fs::write(&path, damaged).unwrap();
            assert!(read_straight(&path).unwrap().is_none(), "case {number}");
            same(&read_from(&path).unwrap(), &read(damaged).unwrap());
        }
    }

    #[test]
    fn absent_stamps_follow_their_predecessors() {
        let mut reader = Reader::default();
        let text = br"<info><name>a</name><type>EEG</type><channel_count>1</channel_count><nominal_srate>10</nominal_srate><channel_format>float32</channel_format></info>";
        let chunk = |tag: u16, content: &[u8]| {
            let mut chunk = vec![4];
            chunk.extend((content.len() as u32 + 6).to_le_bytes());
            chunk.extend(tag.to_le_bytes());
            chunk.extend(1_u32.to_le_bytes());
            chunk.extend(content);
            chunk
        };
        let header = chunk(frame::STREAM_HEADER, text);
        assert_eq!(reader.step(View { bytes: &header, begin: 0 }, 0), header.len());
        for stamps in [
            [Some(2.0), None, Some(0.0), Some(3.0)],
            [None, Some(0.0), Some(0.0), None],
            [Some(0.0), None, None, Some(1.0)],
        ] {
            let mut content = vec![1, 4];
            for stamp in stamps {
                content.push(if stamp.is_some() { 8 } else { 0 });
                content.extend(stamp.map_or(Vec::new(), |s: f64| s.to_le_bytes().to_vec()));
                content.extend(1.0_f32.to_le_bytes());
            }
            let mut bytes = b"XDF:".to_vec();
            bytes.extend(&header);
            bytes.extend(chunk(frame::SAMPLES, &content));
            let mut deduced = stamps.map(|stamp| stamp.unwrap_or(f64::NAN));
            reader.at(0).unwrap().deduce(&mut deduced);
            let wanted = read(&bytes).unwrap().streams[0].arrival_secs.clone();
            assert_eq!(deduced.to_vec(), wanted, "{stamps:?}");
        }
    }
}
