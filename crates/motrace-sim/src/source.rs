use crate::Simulation;
use motrace_core::{Poll, Source, SourceError, StreamInfo};

impl Source for Simulation {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    /// Gives at most `chunk_samples` samples per call, as fast as it is called; pacing is the caller's.
    fn poll(&mut self, into: &mut Vec<f32>) -> Result<Poll, SourceError> {
        if let Some(event) = self.queue.pop_front() {
            return Ok(event);
        }
        let channels = self.info.channels.len();
        let before = into.len();
        // A sample that an event came with was held back until the event was told.
        into.append(&mut self.held);
        for _ in (into.len() - before) / channels..self.settings.chunk_samples {
            let start = into.len();
            into.resize(start + channels, 0.0);
            let Some(step) = self.next_frame(&mut into[start..]) else {
                into.truncate(start);
                break;
            };
            self.queue.extend(step.gap.map(Poll::Gap));
            self.queue.extend(step.cue.map(|(_, marker)| Poll::Marker(marker)));
            if !self.queue.is_empty() {
                self.held.extend(into.drain(start..));
                break;
            }
        }
        let samples = (into.len() - before) / channels;
        Ok(match (samples, self.queue.is_empty()) {
            (0, true) => Poll::End,
            (0, false) => self.queue.pop_front().unwrap_or(Poll::Idle),
            (samples, _) => Poll::Samples(samples),
        })
    }
}
