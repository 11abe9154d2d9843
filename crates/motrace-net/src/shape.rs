use std::fmt;

/// The shape of what flows between layers; in memory samples are next to each other, then rows, then maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    /// How many feature maps.
    pub maps: usize,
    /// Rows of each map: the channels of the EEG until a spatial convolution makes one of them.
    pub rows: usize,
    /// Samples of each row.
    pub samples: usize,
}

impl Shape {
    /// A shape.
    #[must_use]
    pub const fn new(maps: usize, rows: usize, samples: usize) -> Self {
        Self { maps, rows, samples }
    }

    /// A window of EEG: one map, with a row for each channel.
    #[must_use]
    pub const fn window(channels: usize, samples: usize) -> Self {
        Self::new(1, channels, samples)
    }

    /// A plain list of values.
    #[must_use]
    pub const fn list(values: usize) -> Self {
        Self::new(values, 1, 1)
    }

    /// How many values there are.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no network has an empty shape")]
    pub const fn len(self) -> usize {
        self.maps * self.rows * self.samples
    }

    /// The same for sizes that nobody has checked: the largest number where it would be larger.
    pub(crate) const fn saturating_len(self) -> usize {
        self.maps.saturating_mul(self.rows).saturating_mul(self.samples)
    }

    /// Where a value is.
    #[must_use]
    pub const fn index(self, map: usize, row: usize, sample: usize) -> usize {
        (map * self.rows + row) * self.samples + sample
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {} × {}", self.maps, self.rows, self.samples)
    }
}
