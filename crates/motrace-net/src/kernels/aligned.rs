use super::lanes::MOST_LANES;
use std::ops::{Deref, DerefMut};

/// Values of which the first begins a line of the processor's cache, as do all that whole vectors lie before: a vector that
/// lies across two lines is read and written twice.
#[derive(Debug)]
pub(super) struct Aligned {
    values: Vec<f32>,
    first: usize,
}

/// Bytes of the widest vectors, and of a line of the cache.
const LINE: usize = MOST_LANES * size_of::<f32>();

impl Aligned {
    pub fn zeros(count: usize) -> Self {
        let mut values = vec![0.0; count + MOST_LANES];
        // Where that cannot be told it is only slower.
        let first = values.as_ptr().align_offset(LINE).min(MOST_LANES);
        values.truncate(first + count);
        Self { values, first }
    }
}

impl Clone for Aligned {
    fn clone(&self) -> Self {
        let mut other = Self::zeros(self.len());
        other.copy_from_slice(self);
        other
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[self.first..]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[self.first..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_in_their_place() {
        for count in [0, 1, 16, 100] {
            let mut values = Aligned::zeros(count);
            values.iter_mut().enumerate().for_each(|(n, value)| *value = n as f32);
            let other = values.clone();
            assert_eq!((values.len(), other.len()), (count, count));
            assert_eq!(*values, *other);
            assert!([values.as_ptr(), other.as_ptr()].iter().all(|first| first.align_offset(LINE) == 0));
        }
    }
}
