/// The beginning of a connection to a regular stream.
///
/// Who connects in the middle of a chunk gets samples without stamps first, to which the libraries give stamps that
/// count from zero. They are left out, until the first real stamp.
#[derive(Debug)]
pub(crate) struct Unstamped {
    /// Samples since the connection was made, for as long as none had a real stamp.
    before: Option<u64>,
}

impl Unstamped {
    /// More samples than this are not taken for ones without a stamp.
    const MOST: u64 = 4096;

    /// A connection has just been made.
    pub(crate) fn new() -> Self {
        Self { before: Some(0) }
    }

    /// What has come was thrown away: the next stamp is a real one.
    pub(crate) fn is_past(&mut self) {
        self.before = None;
    }

    /// How many of these samples, the next that came, are to be left out.
    pub(crate) fn count(&mut self, stamps: &[f64], rate_hz: f64) -> usize {
        let Some(mut before) = self.before else { return 0 };
        let mut skipped = 0;
        for stamp in stamps {
            let counted = (before + 1) as f64 / rate_hz;
            if before >= Self::MOST || (stamp - counted).abs() > 1e-6 * counted {
                self.before = None;
                return skipped;
            }
            before += 1;
            skipped += 1;
        }
        self.before = Some(before);
        skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_that_count_from_zero_are_left_out_until_a_real_one() {
        let mut beginning = Unstamped::new();
        assert_eq!(beginning.count(&[0.004, 0.008], 250.0), 2);
        assert_eq!(beginning.count(&[0.012, 5000.0, 5000.004], 250.0), 1);
        assert_eq!(beginning.count(&[0.004], 250.0), 0);
        assert_eq!(Unstamped::new().count(&[5000.0, 0.008], 250.0), 0);
    }
}
