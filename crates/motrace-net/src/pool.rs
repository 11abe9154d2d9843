use crate::Shape;

/// Pooling along time, of each row by itself; samples at the end that fill no whole window are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Samples of a window.
    pub window: usize,
    /// Samples from one window to the next.
    pub stride: usize,
}

impl Pool {
    /// Windows one after the other.
    #[must_use]
    pub const fn of(window: usize) -> Self {
        Self { window, stride: window }
    }

    /// What comes out.
    ///
    /// # Errors
    /// Why it cannot take this.
    pub fn output(self, input: Shape) -> Result<Shape, String> {
        if self.window == 0 || self.stride == 0 {
            return Err("neither its window nor its stride can be 0".into());
        }
        if self.window > input.samples {
            return Err(format!("its window is {} samples long", self.window));
        }
        Ok(Shape { samples: (input.samples - self.window) / self.stride + 1, ..input })
    }
}
