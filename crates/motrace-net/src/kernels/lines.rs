use crate::{Conv, Shape};

/// A convolution along time, of lines of samples.
///
/// Its lines are in groups, and within a group every line that comes out is made of every line that goes in. All of it is
/// repeated for each row where the kernel is one row high. Line `l` of group `g` in repetition `r` is row
/// `(g · lines + l) · repeats + r` of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lines {
    pub groups: usize,
    pub repeats: usize,
    /// That go in, of one group.
    pub lines_in: usize,
    /// That come out, of one group.
    pub lines_out: usize,
    pub taps: usize,
    /// Zeros before the first sample.
    pub before: usize,
    /// Of a line that goes in, without zeros.
    pub samples_in: usize,
    pub samples_out: usize,
}

impl Lines {
    /// Where a convolution can be seen so: the stride is 1, and its kernel has one row or all of them.
    pub fn of(conv: &Conv<f32>, input: Shape) -> Option<Self> {
        let output = conv.output(input).ok()?;
        let (rows, repeats) = match conv.rows {
            rows if rows == input.rows => (rows, 1),
            1 => (1, input.rows),
            _ => return None,
        };
        (conv.stride == 1).then_some(Self {
            groups: conv.groups,
            repeats,
            lines_in: conv.maps_in * rows,
            lines_out: conv.maps_out / conv.groups,
            taps: conv.taps,
            before: conv.padding[0],
            samples_in: input.samples,
            samples_out: output.samples,
        })
    }

    /// What its transposed product is: a convolution with the kernel turned around.
    pub fn transposed(self) -> Option<Self> {
        let after = self.padded() - self.before - self.samples_in;
        let before = (self.taps - 1).checked_sub(self.before)?;
        (after < self.taps).then_some(Self {
            lines_in: self.lines_out,
            lines_out: self.lines_in,
            before,
            samples_in: self.samples_out,
            samples_out: self.samples_in,
            ..self
        })
    }

    /// Samples of a line that goes in, with zeros.
    pub fn padded(self) -> usize {
        self.samples_out + self.taps - 1
    }

    pub fn all_in(self) -> usize {
        self.groups * self.lines_in * self.repeats
    }

    pub fn all_out(self) -> usize {
        self.groups * self.lines_out * self.repeats
    }

    /// Copies lines to where each has `stride` samples, the first of its own after the zeros.
    pub fn pad(self, x: &[f32], padded: &mut [f32], stride: usize) {
        for (line, padded) in x.chunks_exact(self.samples_in).zip(padded.chunks_exact_mut(stride)) {
            padded[self.before..][..self.samples_in].copy_from_slice(line);
        }
    }
}

/// Parts of the sizes that there are tiles for: as many of the largest, `most`, as fit, and then smaller powers of 2.
pub(super) fn parts(count: usize, most: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = count - start;
        let size = if rest >= most { most } else { rest.checked_ilog2().map_or(0, |power| 1 << power) };
        let part = start..start + size;
        start = part.end;
        (size > 0).then_some(part)
    })
}
