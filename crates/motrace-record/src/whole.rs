//! All samples of a signal, read by as many threads as there are processors: most of the time goes into memory that is
//! written for the first time.

use crate::Samples;
use crate::bytes::{Bytes, FileBytes};
use crate::stored::Placed;
use std::io;
use std::path::Path;

/// Fewer values than this are not worth a thread.
const LEAST_VALUES: usize = 1 << 19;
/// More threads than this only wait for the memory.
const MOST_THREADS: usize = 8;
/// Samples of all channels that are put in order at a time, so that they stay in the cache.
const TILE: usize = 32;

/// Where bytes come from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whence<'a> {
    /// From memory.
    Memory(&'a [u8]),
    /// From this file.
    File(&'a Path),
}

impl<'a> Whence<'a> {
    /// For one thread.
    fn bytes(self) -> io::Result<Box<dyn Bytes + 'a>> {
        Ok(match self {
            Self::Memory(bytes) => Box::new(bytes),
            Self::File(path) => Box::new(FileBytes::open(path)?),
        })
    }
}

/// All samples of a signal, `[samples × channels]`; in double precision where single does not tell them apart.
pub(crate) fn all(placed: &dyn Placed, whence: Whence<'_>) -> io::Result<Samples> {
    Ok(if placed.is_wide() {
        Samples::F64(filled(placed, whence, |bytes, from, into| placed.read_f64(bytes, from, into))?)
    } else {
        Samples::F32(filled(placed, whence, |bytes, from, into| placed.read_f32(bytes, from, into))?)
    })
}

/// How many threads are worth while.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS)
}

fn filled<V: Copy + Default + Send>(
    placed: &dyn Placed,
    whence: Whence<'_>,
    read: impl Fn(&mut dyn Bytes, usize, &mut [V]) -> io::Result<()> + Sync,
) -> io::Result<Vec<V>> {
    let (count, channels) = (placed.count(), placed.channels());
    let mut values = vec![V::default(); count * channels];
    let fill = |first: usize, part: &mut [V]| -> io::Result<()> {
        let mut bytes = whence.bytes()?;
        let mut done = 0;
        while done < part.len() {
            let from = first + done / channels;
            let block = (placed.block(from) * channels).min(part.len() - done);
            read(&mut *bytes, from, &mut part[done..done + block])?;
            done += block;
        }
        Ok(())
    };
    let threads = (values.len() / LEAST_VALUES).clamp(1, processors());
    if threads == 1 {
        fill(0, &mut values)?;
        return Ok(values);
    }
    let share = count.div_ceil(threads).next_multiple_of(placed.unit());
    std::thread::scope(|scope| {
        let parts = values.chunks_mut(share * channels).enumerate();
        let threads: Vec<_> = parts.map(|(i, part)| scope.spawn(move || (fill)(i * share, part))).collect();
        threads.into_iter().try_for_each(|t| t.join().map_err(|_| io::Error::other("a reading thread failed"))?)
    })?;
    Ok(values)
}

/// Puts numbers that a file holds channel after channel in the order `[samples × channels]`. `column` decodes numbers of
/// one channel, from a sample on.
pub(crate) fn interleave<V: Copy + Default>(
    rows: &mut [V],
    channels: usize,
    mut column: impl FnMut(usize, usize, &mut [V]),
) {
    let mut tile = [V::default(); TILE];
    for (number, rows) in rows.chunks_mut(TILE * channels).enumerate() {
        let samples = rows.len() / channels;
        for channel in 0..channels {
            column(channel, number * TILE, &mut tile[..samples]);
            let places = rows[channel..].iter_mut().step_by(channels);
            places.zip(&tile[..samples]).for_each(|(place, value)| *place = *value);
        }
    }
}

/// How many samples of each channel are not numbers; `None` where all are.
pub(crate) fn missing_of(samples: &Samples, channels: usize) -> Option<Vec<usize>> {
    let mut missing = vec![0; channels];
    match samples {
        Samples::F32(values) => count_missing(values, &mut missing, |v| v.is_nan()),
        Samples::F64(values) => count_missing(values, &mut missing, |v| v.is_nan()),
        _ => {}
    }
    missing.iter().any(|count| *count > 0).then_some(missing)
}

/// The same of samples that stay in a file.
pub(crate) fn missing_in(placed: &dyn Placed, path: &Path) -> io::Result<Option<Vec<usize>>> {
    let mut bytes = FileBytes::open(path)?;
    let mut missing = vec![0; placed.channels()];
    let (mut block, mut from) = (Vec::new(), 0);
    while from < placed.count() {
        block.clear();
        placed.read(&mut bytes, from, &mut block)?;
        count_missing(&block, &mut missing, |v| v.is_nan());
        from += block.len() / placed.channels();
    }
    Ok(missing.iter().any(|count| *count > 0).then_some(missing))
}

fn count_missing<V>(values: &[V], missing: &mut [usize], is_missing: impl Fn(&V) -> bool) {
    // Mostly none is; a sum without branches looks at several values at a time.
    for block in values.chunks(missing.len().saturating_mul(TILE).max(1)) {
        if block.iter().fold(false, |any, value| any | is_missing(value)) {
            for row in block.chunks_exact(missing.len()) {
                missing.iter_mut().zip(row).for_each(|(count, value)| *count += usize::from(is_missing(value)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_become_rows() {
        for (samples, channels) in [(1, 1), (31, 2), (32, 3), (100, 5), (0, 4)] {
            let mut rows = vec![0.0; samples * channels];
            interleave(&mut rows, channels, |channel, first, tile| {
                tile.iter_mut().enumerate().for_each(|(i, v)| *v = (channel * 1000 + first + i) as f64);
            });
            for (i, value) in rows.iter().enumerate() {
                assert_eq!(*value, (i % channels * 1000 + i / channels) as f64);
            }
        }
    }
}
