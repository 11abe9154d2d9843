use motrace_session::{Baseline, Frame, Rest, Step};

/// What has a fixed course: sitting still, a break.
pub trait Interlude {
    /// Everything that came due, in order.
    fn advance(&mut self, now_secs: f64) -> Vec<Step>;
    /// When to ask again.
    fn next_due_secs(&self) -> Option<f64>;
    /// What is on the screen.
    fn frame(&self, now_secs: f64) -> Frame;
    /// Whether all was handed out.
    fn is_over(&self) -> bool;
    /// When it ends.
    fn end_secs(&self) -> Option<f64>;
    /// The id of the step after it.
    fn next_id(&self) -> u64;
    /// The operator ends it.
    fn skip(&mut self, now_secs: f64);
}

macro_rules! interlude {
    ($($kind:ty),+) => {$(
        impl Interlude for $kind {
            fn advance(&mut self, now_secs: f64) -> Vec<Step> {
                self.advance(now_secs)
            }
            fn next_due_secs(&self) -> Option<f64> {
                self.next_due_secs()
            }
            fn frame(&self, now_secs: f64) -> Frame {
                self.frame(now_secs)
            }
            fn is_over(&self) -> bool {
                self.is_over()
            }
            fn end_secs(&self) -> Option<f64> {
                self.end_secs()
            }
            fn next_id(&self) -> u64 {
                self.next_id()
            }
            fn skip(&mut self, now_secs: f64) {
                self.skip(now_secs);
            }
        }
    )+};
}

interlude!(Baseline, Rest);
