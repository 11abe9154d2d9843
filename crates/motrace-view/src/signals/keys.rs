use super::{MARKER_AT, Page, SPANS_SECS, SignalBrowser};
use crate::Action;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

impl SignalBrowser {
    /// What a key does; the answer is [`Action::None`] or [`Action::Quit`].
    pub fn on_key(&mut self, key: KeyEvent) -> Action {
        if key.kind == KeyEventKind::Release {
            return Action::None;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return if matches!(key.code, KeyCode::Char('c' | 'C')) { Action::Quit } else { Action::None };
        }
        self.message = None;
        if self.is_help_open && key.code != KeyCode::Char('q') {
            self.is_help_open = false;
            return Action::None;
        }
        match (self.page, key.code) {
            (_, KeyCode::Char('q')) | (Page::Traces, KeyCode::Esc) => return Action::Quit,
            (_, KeyCode::Char('?') | KeyCode::F(1)) => self.is_help_open = true,
            (Page::Traces, code) => self.on_trace_key(code),
            (Page::Channels, code) => self.on_channel_key(code),
        }
        Action::None
    }

    fn on_trace_key(&mut self, code: KeyCode) {
        let span = self.span_samples();
        match code {
            KeyCode::Right | KeyCode::Char('l') => self.go_to(self.first.saturating_add((span / 4).max(1))),
            KeyCode::Left | KeyCode::Char('h') => self.go_to(self.first.saturating_sub((span / 4).max(1))),
            KeyCode::Char('.' | '>') => self.go_to(self.first.saturating_add(span)),
            KeyCode::Char(',' | '<') => self.go_to(self.first.saturating_sub(span)),
            KeyCode::Home => self.go_to(0),
            KeyCode::End => self.go_to(u64::MAX),
            KeyCode::Char('[') => self.zoom_time(true),
            KeyCode::Char(']') => self.zoom_time(false),
            KeyCode::Char('+' | '=') => self.lanes.zoom(true),
            KeyCode::Char('-' | '_') => self.lanes.zoom(false),
            KeyCode::Char('0') => self.lanes.fixed_microvolts = None,
            KeyCode::Up | KeyCode::Char('k') => self.lanes.offset = self.lanes.offset.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.lanes.offset = self.lanes.offset.saturating_add(1),
            KeyCode::PageUp => self.lanes.offset = self.lanes.offset.saturating_sub(self.lanes.shown),
            KeyCode::PageDown => self.lanes.offset = self.lanes.offset.saturating_add(self.lanes.shown),
            KeyCode::Char('n') => self.jump(true),
            KeyCode::Char('p' | 'N') => self.jump(false),
            KeyCode::Char('m') => self.choose_kind(),
            KeyCode::Char('f') => match &self.info.filter {
                Ok(_) => {
                    self.is_filtered = !self.is_filtered;
                    // What is left of the signal is much smaller, or larger again.
                    self.lanes.fixed_microvolts = None;
                    self.lanes.microvolts = 0.0;
                }
                Err(why) => self.message = Some(why.clone()),
            },
            KeyCode::Char('c') | KeyCode::Tab => self.page = Page::Channels,
            _ => {}
        }
    }

    fn on_channel_key(&mut self, code: KeyCode) {
        let last = self.info.channels.len().saturating_sub(1);
        match code {
            KeyCode::Char('c') | KeyCode::Tab | KeyCode::Enter | KeyCode::Esc => self.page = Page::Traces,
            KeyCode::Up | KeyCode::Char('k') => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.cursor = (self.cursor + 1).min(last),
            KeyCode::PageUp => self.cursor = self.cursor.saturating_sub(10),
            KeyCode::PageDown => self.cursor = (self.cursor + 10).min(last),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = last,
            KeyCode::Char(' ' | 'x') => {
                if let Some(is_shown) = self.is_shown.get_mut(self.cursor) {
                    *is_shown = !*is_shown;
                }
                self.cursor = (self.cursor + 1).min(last);
            }
            KeyCode::Char('a') => {
                let are_all = self.is_shown.iter().all(|s| *s);
                self.is_shown.fill(!are_all);
            }
            KeyCode::Char('e') => {
                let is_eeg = self.info.channels.iter().map(|c| c.role == motrace_core::Role::Eeg);
                self.is_shown = is_eeg.collect();
            }
            KeyCode::Char('g') => self.hide_bad(),
            _ => {}
        }
    }

    /// Hides the channels that are not good in the window.
    fn hide_bad(&mut self) {
        let Some(held) = &self.held else { return };
        for (is_shown, quality) in self.is_shown.iter_mut().zip(&held.quality) {
            if quality.as_ref().is_some_and(|q| q.condition != motrace_core::Condition::Good) {
                *is_shown = false;
            }
        }
    }

    /// Moves the window to begin at a sample, or as near to it as the recording allows.
    fn go_to(&mut self, first: u64) {
        self.first = first.min(self.info.samples.saturating_sub(self.span_samples()));
    }

    /// Shows half as much, or twice; what is looked at stays where it is: the marker, else the middle.
    fn zoom_time(&mut self, closer: bool) {
        let before = self.span_samples();
        let next = if closer { self.span.saturating_sub(1) } else { (self.span + 1).min(SPANS_SECS.len() - 1) };
        if !closer && (self.span_samples_at(next) > self.most_samples() || before >= self.info.samples) {
            return;
        }
        let seen = self.seen();
        let fixed = self.focus.map(|f| self.info.markers[f].index).filter(|index| seen.contains(index));
        let fixed = fixed.unwrap_or(seen.start + before / 2);
        let share = (fixed - seen.start) as f64 / before.max(1) as f64;
        self.span = next;
        self.go_to(fixed.saturating_sub((share * self.span_samples() as f64).round() as u64));
    }

    /// Goes to the next marker, or the one before, among those of the chosen kind.
    fn jump(&mut self, forward: bool) {
        let seen = self.seen();
        let at = seen.start + (MARKER_AT * self.span_samples() as f64).round() as u64;
        // From the marker that was jumped to, as long as it is in sight; else from where it would stand.
        let from = self.focus.filter(|f| seen.contains(&self.info.markers[*f].index));
        let is_wanted = |m: &usize| self.only.is_none_or(|kind| self.kind_of[*m] == kind);
        let index = |m: usize| self.info.markers[m].index;
        let count = self.info.markers.len();
        let found = match (forward, from) {
            (true, Some(focus)) => (focus + 1..count).find(is_wanted),
            (false, Some(focus)) => (0..focus).rev().find(is_wanted),
            // At the start nothing stands at its place, so the first marker is the next.
            (true, None) if seen.start == 0 => (0..count).find(is_wanted),
            (true, None) => (0..count).filter(|m| index(*m) > at).find(is_wanted),
            (false, None) => (0..count).rev().filter(|m| index(*m) < at).find(is_wanted),
        };
        let Some(found) = found else {
            let what = self.only.map_or_else(|| "marker".into(), |kind| format!("marker {:?}", self.kinds[kind].0));
            self.message = Some(format!("no {what} {}", if forward { "after this" } else { "before this" }));
            return;
        };
        self.focus = Some(found);
        let before = (MARKER_AT * self.span_samples() as f64).round() as u64;
        self.go_to(index(found).saturating_sub(before));
    }

    /// The next kind of marker to jump among; after the last, all.
    fn choose_kind(&mut self) {
        self.only = match self.only {
            None if self.kinds.is_empty() => None,
            None => Some(0),
            Some(kind) if kind + 1 < self.kinds.len() => Some(kind + 1),
            Some(_) => None,
        };
        if self.kinds.is_empty() {
            self.message = Some("the recording has no markers".into());
        }
    }
}
