//! The signals of a recording: scrolled through in time, zoomed, from marker to marker. Nothing is decoded.
//!
//! [`SignalBrowser`] knows what is looked at and understands keys; it asks for the samples it needs
//! ([`SignalBrowser::request`]) and is given them ([`SignalBrowser::show`]), so it holds a window of a recording, never all of it.

mod channels;
mod draw;
mod help;
mod keys;
mod side;
mod strip;
mod traces;
mod window;

pub use window::{SignalRequest, SignalWindow};

use crate::dashboard::ink::{Ink, reduce};
use crate::dashboard::traces::TraceWindow;
use crate::dashboard::{ColourDepth, detect_ground};
use crate::palette::Ground;
use motrace_core::{Gap, Marker, Role, clean_text};
use ratatui::{Frame, buffer::Buffer, layout::Rect};
use window::Held;

/// How much of a recording is seen at once, in seconds.
const SPANS_SECS: [f64; 10] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0];
/// Of these, the one a browser begins with.
const USUAL_SPAN: usize = 3;
/// A window never has more values than this, whatever a recording declares.
const MOST_VALUES: u64 = 1 << 25;
/// So far before the window the display's high-pass begins.
const LEAD_SECS: f64 = 2.0;
/// A marker that is jumped to stands at this part of the window.
const MARKER_AT: f64 = 0.25;
/// Markers of so many kinds can be chosen to jump among.
const MOST_KINDS: usize = 50;

/// What is known of a recording before its samples are read.
#[derive(Debug, Clone)]
pub struct SignalInfo {
    /// The name of its file.
    pub name: String,
    /// Its format.
    pub format: String,
    /// Samples per second, in hertz.
    pub rate_hz: f64,
    /// How many samples there are.
    pub samples: u64,
    /// The channels.
    pub channels: Vec<SignalChannel>,
    /// The markers, in any order.
    pub markers: Vec<Marker>,
    /// Where samples are missing.
    pub gaps: Vec<Gap>,
    /// What the filter leaves, for instance `8–30 Hz, causal`; or why there is none.
    pub filter: Result<String, String>,
}

/// One channel of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalChannel {
    /// Its label.
    pub label: String,
    /// What it measures.
    pub role: Role,
    /// Whether its values are voltages, which share a scale; the others are drawn each to its own range.
    pub is_voltage: bool,
}

/// What is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Traces,
    Channels,
}

/// What is looked at of a recording, and how.
#[derive(Debug)]
pub struct SignalBrowser {
    info: SignalInfo,
    depth: ColourDepth,
    ground: Ground,
    page: Page,
    is_help_open: bool,
    /// The first sample that is seen.
    first: u64,
    /// Place in [`SPANS_SECS`].
    span: usize,
    is_filtered: bool,
    lanes: TraceWindow,
    /// Whether each channel is drawn.
    is_shown: Vec<bool>,
    /// The channel the cursor is on, in the list of channels.
    cursor: usize,
    /// The texts of the markers and how many of each there are, in the order of their first.
    kinds: Vec<(String, usize)>,
    /// The kind of each marker; the last where there are too many.
    kind_of: Vec<usize>,
    /// The kind that is jumped among; all where there is none.
    only: Option<usize>,
    /// The marker that was jumped to.
    focus: Option<usize>,
    /// What the last key had no answer to.
    message: Option<String>,
    held: Option<Held>,
}

impl SignalBrowser {
    /// A browser at the start of a recording, for a terminal with these colours.
    #[must_use]
    pub fn new(mut info: SignalInfo, depth: ColourDepth, ground: Ground) -> Self {
        info.name = clean_text(&info.name, 60);
        info.format = clean_text(&info.format, 30);
        for (number, channel) in info.channels.iter_mut().enumerate() {
            channel.label = clean_text(&channel.label, 16);
            if channel.label.is_empty() {
                channel.label = format!("#{}", number + 1);
            }
        }
        info.markers.sort_by_key(|m| m.index);
        let mut kinds: Vec<(String, usize)> = Vec::new();
        let mut kind_of = Vec::with_capacity(info.markers.len());
        for marker in &mut info.markers {
            marker.text = clean_text(&marker.text, 40);
            let kind = match kinds.iter().position(|(text, _)| *text == marker.text) {
                Some(kind) => kind,
                None if kinds.len() < MOST_KINDS => {
                    kinds.push((marker.text.clone(), 0));
                    kinds.len() - 1
                }
                None => MOST_KINDS - 1,
            };
            kinds[kind].1 += 1;
            kind_of.push(kind);
        }
        let is_shown = vec![true; info.channels.len()];
        let mut browser = Self {
            info,
            depth,
            ground,
            page: Page::Traces,
            is_help_open: false,
            first: 0,
            span: USUAL_SPAN,
            is_filtered: false,
            lanes: TraceWindow::default(),
            is_shown,
            cursor: 0,
            kinds,
            kind_of,
            only: None,
            focus: None,
            message: None,
            held: None,
        };
        // So fast a stream of so many channels that the usual window is too large begins with a shorter one.
        while browser.span > 0 && browser.span_samples_at(browser.span) > browser.most_samples() {
            browser.span -= 1;
        }
        browser
    }

    /// A browser for the terminal the program runs in.
    #[must_use]
    pub fn detect(info: SignalInfo) -> Self {
        Self::new(info, ColourDepth::detect(), detect_ground())
    }

    /// The samples that are looked at, from the first to one past the last.
    #[must_use]
    pub fn seen(&self) -> std::ops::Range<u64> {
        self.first..self.first.saturating_add(self.span_samples()).min(self.info.samples)
    }

    /// Whether the filtered signal is looked at.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.is_filtered
    }

    /// The labels of the channels that are drawn where there is room.
    pub fn shown_labels(&self) -> impl Iterator<Item = &str> {
        let shown = self.info.channels.iter().zip(&self.is_shown).filter(|(_, is_shown)| **is_shown);
        shown.map(|(channel, _)| channel.label.as_str())
    }

    /// The samples it needs to be drawn; `None` where it has them.
    #[must_use]
    pub fn request(&self) -> Option<SignalRequest> {
        let seen = self.seen();
        let lead = (LEAD_SECS * self.info.rate_hz).round() as u64;
        let first = if self.is_filtered { seen.start } else { seen.start.saturating_sub(lead) };
        let request = SignalRequest { first, end: seen.end, is_filtered: self.is_filtered };
        (self.held.as_ref().is_none_or(|held| held.request != request)).then_some(request)
    }

    /// Gives it the samples it asked for.
    pub fn show(&mut self, window: SignalWindow) {
        self.held = Some(Held::new(window, &self.info, self.seen().start));
    }

    /// Draws it.
    pub fn render(&mut self, frame: &mut Frame<'_>) {
        let area = frame.area();
        self.render_to(frame.buffer_mut(), area);
    }

    /// Draws it into a part of a buffer.
    pub fn render_to(&mut self, buffer: &mut Buffer, area: Rect) {
        let area = area.intersection(buffer.area);
        draw::draw(self, buffer, area);
        reduce(buffer, area, self.depth);
    }

    fn ink(&self) -> Ink {
        Ink { depth: self.depth, ground: self.ground }
    }

    fn most_samples(&self) -> u64 {
        (MOST_VALUES / (self.info.channels.len().max(1) as u64)).max(2)
    }

    fn span_samples_at(&self, span: usize) -> u64 {
        (SPANS_SECS[span.min(SPANS_SECS.len() - 1)] * self.info.rate_hz).round().max(2.0) as u64
    }

    fn span_samples(&self) -> u64 {
        self.span_samples_at(self.span).min(self.most_samples())
    }

    /// The channels that are drawn where there is room.
    fn shown_channels(&self) -> Vec<usize> {
        (0..self.info.channels.len()).filter(|c| self.is_shown[*c]).collect()
    }

    fn secs(&self, sample: u64) -> f64 {
        sample as f64 / self.info.rate_hz.max(f64::MIN_POSITIVE)
    }
}
