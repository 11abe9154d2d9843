use super::header::{Header, NumberFormat};
use crate::Samples;
use crate::warnings::Warnings;

/// Reads all complete samples. Wide numbers are kept as doubles; single precision tells all others apart.
pub(crate) fn read(header: &Header, data: &[u8], warnings: &mut Warnings) -> Samples {
    let layout = Layout::of(header, data, warnings);
    match header.format {
        NumberFormat::Int16 => Samples::F32(layout.read(data, |b| i16::from_le_bytes(b).into(), |v| v as f32)),
        NumberFormat::Uint16 => Samples::F32(layout.read(data, |b| u16::from_le_bytes(b).into(), |v| v as f32)),
        NumberFormat::Float32 => Samples::F32(layout.read(data, |b| f32::from_le_bytes(b).into(), |v| v as f32)),
        NumberFormat::Int32 => Samples::F64(layout.read(data, |b| i32::from_le_bytes(b).into(), |v| v)),
        NumberFormat::Float64 => Samples::F64(layout.read(data, f64::from_le_bytes, |v| v)),
    }
}

/// Where the numbers of a file lie.
struct Layout<'a> {
    header: &'a Header,
    /// Channels in the file.
    stored: usize,
    /// Samples of each channel in a file that holds channel after channel.
    points: usize,
    /// Samples that all channels have.
    complete: usize,
}

impl<'a> Layout<'a> {
    fn of(header: &'a Header, data: &[u8], warnings: &mut Warnings) -> Self {
        let width = header.format.bytes();
        let stored = header.channels.len() + header.hidden;
        let numbers = data.len() / width;
        let there = numbers / stored;
        let left = data.len() - there * stored * width;
        if let Some(announced) = header.points.filter(|p| *p != there) {
            warnings.push(format!("the header announces {announced} samples; the file is as long as {there}"));
        } else if left > 0 {
            warnings.push(format!("the last {left} bytes are not a complete sample and were not read"));
        }
        let points = match header.points {
            Some(announced) if header.is_vectorised && announced > 0 => announced,
            _ => there,
        };
        // Of a file that is cut off, those samples are complete that the last channel still has.
        let last = numbers.saturating_sub(points.saturating_mul(stored - 1)).min(points);
        Self { header, stored, points, complete: if header.is_vectorised { last } else { there } }
    }

    /// All samples, `[samples × channels]`, in the unit of each channel.
    fn read<V: Clone + Default, const N: usize>(
        &self,
        data: &[u8],
        number: impl Fn([u8; N]) -> f64,
        cast: impl Fn(f64) -> V,
    ) -> Vec<V> {
        if self.header.is_big_endian {
            let reversed = |mut bytes: [u8; N]| {
                bytes.reverse();
                number(bytes)
            };
            self.ordered(data, |bytes, resolution| cast(reversed(bytes) * resolution))
        } else {
            self.ordered(data, |bytes, resolution| cast(number(bytes) * resolution))
        }
    }

    fn ordered<V: Clone + Default, const N: usize>(&self, data: &[u8], value: impl Fn([u8; N], f64) -> V) -> Vec<V> {
        debug_assert_eq!(N, self.header.format.bytes());
        let channels = self.header.channels.len();
        let resolutions = &self.header.resolutions;
        let numbers = data.as_chunks::<N>().0;
        let mut values = vec![V::default(); self.complete * channels];
        if !self.header.is_vectorised {
            for (places, row) in values.chunks_exact_mut(channels).zip(numbers.chunks_exact(self.stored)) {
                for ((place, bytes), resolution) in places.iter_mut().zip(row).zip(resolutions) {
                    *place = value(*bytes, *resolution);
                }
            }
            return values;
        }
        for (c, resolution) in resolutions.iter().enumerate() {
            let Some(column) = numbers.get(c.saturating_mul(self.points)..) else { continue };
            let places = values.get_mut(c..).unwrap_or_default().iter_mut().step_by(channels);
            places.zip(column).for_each(|(place, bytes)| *place = value(*bytes, *resolution));
        }
        values
    }
}
