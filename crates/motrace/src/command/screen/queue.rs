use motrace_session::Frame;
use std::collections::VecDeque;

/// No more frames than this wait; a session has a handful ahead.
const MOST_WAITING: usize = 256;

/// A frame that is to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct DueFrame {
    /// Its number.
    pub id: u64,
    /// When, on this computer's LSL clock.
    pub due_secs: f64,
    /// Whether the time of drawing is asked for; such a frame is never skipped.
    pub acknowledge: bool,
    /// What.
    pub frame: Frame,
}

/// Frames in the order in which they are due.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: VecDeque<DueFrame>,
}

impl Queue {
    /// Adds a frame. Where too many wait, one that nobody asks about goes; where there is none, the new one does.
    pub fn push(&mut self, frame: DueFrame) {
        if self.waiting.len() >= MOST_WAITING {
            match self.waiting.iter().position(|f| !f.acknowledge) {
                Some(at) => self.waiting.remove(at),
                None => return,
            };
        }
        let at = self.waiting.partition_point(|f| f.due_secs <= frame.due_secs);
        self.waiting.insert(at, frame);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    /// When the next frame is due.
    pub fn next_due(&self) -> Option<f64> {
        self.waiting.front().map(|f| f.due_secs)
    }

    /// The next frame that is due by `now_secs`; those that a newer one replaces are left out.
    pub fn take(&mut self, now_secs: f64) -> Option<DueFrame> {
        loop {
            self.next_due().filter(|due| *due <= now_secs)?;
            let frame = self.waiting.pop_front()?;
            let is_replaced = self.next_due().is_some_and(|due| due <= now_secs);
            if frame.acknowledge || !is_replaced {
                return Some(frame);
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use motrace_session::Scene;

    fn frame(id: u64, due_secs: f64, acknowledge: bool) -> DueFrame {
        DueFrame { id, due_secs, acknowledge, frame: Frame::of(Scene::Blank) }
    }

    fn taken(queue: &mut Queue, now: f64) -> Vec<u64> {
        std::iter::from_fn(|| queue.take(now)).map(|f| f.id).collect()
    }

    #[test]
    fn frames_come_when_they_are_due_and_not_before() {
        let mut queue = Queue::default();
        for (id, due) in [(3, 3.0), (1, 1.0), (2, 2.0)] {
            queue.push(frame(id, due, true));
        }
        assert_eq!(queue.next_due(), Some(1.0));
        assert_eq!(taken(&mut queue, 0.5), [0; 0]);
        assert_eq!(taken(&mut queue, 2.0), [1, 2]);
        assert_eq!(queue.next_due(), Some(3.0));
        queue.clear();
        assert_eq!((taken(&mut queue, 9.0), queue.next_due()), (vec![], None));
    }

    #[test]
    fn only_what_nobody_asks_about_is_skipped() {
        let mut queue = Queue::default();
        for (id, acknowledge) in [(1, false), (2, true), (3, false), (4, false), (5, true), (6, false), (7, false)] {
            queue.push(frame(id, id as f64, acknowledge));
        }
        // 1 is replaced by 2, 3 and 4 by 5, 6 by 7.
        assert_eq!(taken(&mut queue, 100.0), [2, 5, 7]);
    }

    #[test]
    fn frames_due_at_once_keep_their_order() {
        let mut queue = Queue::default();
        (1..5).for_each(|id| queue.push(frame(id, 1.0, true)));
        assert_eq!(taken(&mut queue, 1.0), [1, 2, 3, 4]);
    }

    #[test]
    fn a_flood_is_bounded_and_what_is_asked_about_stays() {
        let mut queue = Queue::default();
        queue.push(frame(0, 5.0, true));
        (1..10_000).for_each(|id| queue.push(frame(id, 4.0, false)));
        assert_eq!(queue.waiting.len(), MOST_WAITING);
        let mut all = taken(&mut queue, 10.0);
        assert_eq!(all.pop().unwrap(), 0);
        (0..10_000).for_each(|id| queue.push(frame(id, 4.0, true)));
        assert_eq!(taken(&mut queue, 10.0).len(), MOST_WAITING);
    }
}
