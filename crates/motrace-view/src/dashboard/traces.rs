use super::{
    axis::TimeAxis,
    braille::Braille,
    draw::{columns, put, section, voltage},
    look::Look,
};
use motrace_core::Condition;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

/// The amplitudes one channel's height can stand for, in microvolts.
const SCALES: [f32; 13] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 1e4];

/// Which channels are drawn, and how large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TraceWindow {
    /// The first channel shown.
    pub offset: usize,
    /// Microvolts per channel height, where the person chose one.
    pub fixed_microvolts: Option<f32>,
    /// The same as last drawn.
    pub microvolts: f32,
    /// How many channels were last shown.
    pub shown: usize,
}

impl Default for TraceWindow {
    fn default() -> Self {
        Self { offset: 0, fixed_microvolts: None, microvolts: 0.0, shown: 1 }
    }
}

impl TraceWindow {
    /// One step larger or smaller traces.
    pub(crate) fn zoom(&mut self, larger: bool) {
        let at = SCALES.iter().position(|s| *s >= self.microvolts).unwrap_or(SCALES.len() - 1);
        let next = if larger { at.saturating_sub(1) } else { (at + 1).min(SCALES.len() - 1) };
        self.fixed_microvolts = Some(SCALES[next]);
        self.microvolts = SCALES[next];
    }

    /// Follows the data, but only when it has clearly outgrown the scale or shrunk within it.
    pub(crate) fn settle(&mut self, typical: f32) {
        if let Some(fixed) = self.fixed_microvolts {
            self.microvolts = fixed;
        } else if typical.is_finite() && (typical > self.microvolts * 1.6 || typical < self.microvolts * 0.4) {
            self.microvolts = SCALES.into_iter().find(|s| *s * 1.4 >= typical).unwrap_or(1e4);
        } else if self.microvolts <= 0.0 {
            self.microvolts = 100.0;
        }
    }
}

/// How wide labels to the left of the traces and the decision are.
pub(super) fn gutter(look: &Look<'_>) -> u16 {
    let widest = look.session.setup().trace_labels.iter().map(|l| columns(l)).max().unwrap_or(0);
    widest.clamp(3, 8) + 2
}

/// The scrolling traces with their cues and gaps.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, look: &Look<'_>, window: &mut TraceWindow) {
    let traces = look.session.traces();
    let labels = &look.session.setup().trace_labels;
    let total = traces.channels();
    let rows = usize::from(area.height.saturating_sub(2));
    // Two rows for a channel where they do not all fit anyway, one where that shows all of them.
    let height = if total <= rows && total > 0 { (rows / total).min(4) } else { 2.min(rows.max(1)) };
    let shown = (rows / height.max(1)).min(total);
    window.offset = window.offset.min(total.saturating_sub(shown));
    window.shown = shown.max(1);
    let axis = TimeAxis::of(look, area.width.saturating_sub(gutter(look)));
    let range = window.offset..window.offset + shown;
    window.settle(typical_range(look, &axis, range.clone()));

    let which = if shown < total {
        format!("channels {}–{} of {total}", range.start + 1, range.end)
    } else {
        format!("{total} channels")
    };
    let scale = format!("↕ {}", voltage(f64::from(window.microvolts) * 1e-6));
    let quiet = look.ink.quiet();
    let inner = section(buffer, area, look.ink, "EEG", &[(which, quiet), (scale, look.ink.plain())]);
    let gutter = gutter(look);
    if inner.height < 2 || inner.width < gutter + 8 {
        return;
    }
    let plot = Rect { x: inner.x + gutter, width: inner.width - gutter, height: inner.height - 1, ..inner };
    if total == 0 || axis.end == axis.start {
        put(buffer, plot.x, plot.y, plot.width, "waiting for samples", quiet);
        return;
    }
    draw_events(buffer, plot, look, &axis);

    let mut braille = Braille::new(plot);
    let width = braille.width();
    for (lane, channel) in range.enumerate() {
        let label = labels.get(channel).map_or("", String::as_str);
        let condition = look.session.quality_of(label).map_or(Condition::Good, |q| q.condition);
        let style = trace_style(look, condition);
        let row = inner.y + (lane * height + height / 2) as u16;
        let mark = if condition == Condition::Good { " " } else { "!" };
        put(buffer, inner.x, row, 1, mark, look.ink.warn());
        let name = if condition == Condition::Good { look.ink.plain() } else { look.ink.warn() };
        put(buffer, inner.x + 1, row, gutter - 2, label, name);
        let middle = ((lane * height) as f32 + height as f32 / 2.0) * 4.0;
        let dots_per_microvolt = height as f32 * 4.0 / window.microvolts;
        let mut before: Option<[i64; 2]> = None;
        for x in 0..width {
            let (start, end) = axis.span(x, width);
            let Some([low, high]) = traces.extremes(channel, start, end) else {
                before = None;
                continue;
            };
            let dot = |value: f32| (middle - value * dots_per_microvolt - 0.5).round().clamp(-1e6, 1e6) as i64;
            let (mut top, mut bottom) = (dot(high), dot(low));
            let here = [top, bottom];
            // Steps between neighbouring columns are closed, so that a fast edge stays one line.
            if let Some([top_before, bottom_before]) = before {
                top = top.min(bottom_before + 1);
                bottom = bottom.max(top_before - 1);
            }
            before = Some(here);
            // A good trace may reach into its neighbours' lanes, no further; a bad one stays in its own.
            let reach = height as i64 * if condition == Condition::Good { 6 } else { 2 };
            braille.column(x, top.max(middle as i64 - reach), bottom.min(middle as i64 + reach), style);
        }
    }
    braille.blit(buffer);
    tint_events(buffer, plot, look, &axis);
    draw_words(buffer, plot, look, &axis, (window, height));
    axis.draw(buffer, Rect { y: plot.bottom(), height: 1, ..plot }, look);
}

fn trace_style(look: &Look<'_>, condition: Condition) -> Style {
    if condition == Condition::Good { look.ink.trace() } else { look.ink.faint() }
}

/// The median over channels of what they span, in microvolts.
fn typical_range(look: &Look<'_>, axis: &TimeAxis, channels: std::ops::Range<usize>) -> f32 {
    let traces = look.session.traces();
    let mut spans: Vec<f32> = channels
        .filter_map(|c| traces.extremes(c, axis.start, axis.end).map(|[low, high]| high - low))
        .filter(|s| *s > 0.0)
        .collect();
    spans.sort_by(f32::total_cmp);
    spans.get(spans.len() / 2).copied().unwrap_or(f32::NAN)
}

/// Cues and gaps, as columns behind what is drawn later.
pub(super) fn draw_events(buffer: &mut Buffer, plot: Rect, look: &Look<'_>, axis: &TimeAxis) {
    let width = usize::from(plot.width);
    for gap in look.session.gaps() {
        let Some(column) = axis.column(gap.index, width) else {
            continue;
        };
        for y in plot.top()..plot.bottom() {
            put(buffer, plot.x + column as u16, y, 1, "░", look.ink.warn());
        }
    }
    for marker in look.session.markers() {
        let Some(column) = axis.column(marker.index, width) else {
            continue;
        };
        let style = marker.class.map_or(look.ink.quiet(), |c| look.class_style(c));
        for y in plot.top()..plot.bottom() {
            put(buffer, plot.x + column as u16, y, 1, "│", style);
        }
    }
}

/// Where traces cross the line of a cue or a gap, they take its colour, so that the line can still be followed.
fn tint_events(buffer: &mut Buffer, plot: Rect, look: &Look<'_>, axis: &TimeAxis) {
    let width = usize::from(plot.width);
    let cues = look.session.markers().map(|m| (m.index, m.class.map_or(look.ink.quiet(), |c| look.class_style(c))));
    let gaps = look.session.gaps().map(|g| (g.index, look.ink.warn()));
    for (index, style) in cues.chain(gaps) {
        let Some(column) = axis.column(index, width) else { continue };
        for y in plot.top()..plot.bottom() {
            if let Some(cell) = buffer.cell_mut((plot.x + column as u16, y)) {
                cell.set_style(style);
            }
        }
    }
}

/// The words that belong to cues and gaps, above everything else.
fn draw_words(buffer: &mut Buffer, plot: Rect, look: &Look<'_>, axis: &TimeAxis, lanes: (&TraceWindow, usize)) {
    let (window, height) = lanes;
    let width = usize::from(plot.width);
    let mut free_from = 0;
    let mut words: Vec<(usize, String, Style)> = Vec::new();
    for marker in look.session.markers() {
        if let Some(column) = axis.column(marker.index, width) {
            let style = marker.class.map_or(look.ink.quiet(), |c| look.class_style(c));
            words.push((column, marker.text.clone(), style));
        }
    }
    for gap in look.session.gaps() {
        if let Some(column) = axis.column(gap.index, width) {
            words.push((column, format!("gap {:.2} s", gap.length_secs), look.ink.warn()));
        }
    }
    words.sort_by_key(|(column, ..)| *column);
    for (column, text, style) in words {
        if column >= free_from && !text.is_empty() {
            let room = plot.width.saturating_sub(column as u16 + 1);
            let end = put(buffer, plot.x + column as u16 + 1, plot.y, room, &text, style);
            free_from = usize::from(end - plot.x) + 1;
        }
    }
    for (lane, channel) in (window.offset..window.offset + window.shown).enumerate() {
        let label = look.session.setup().trace_labels.get(channel).map_or("", String::as_str);
        let Some(quality) = look.session.quality_of(label) else {
            continue;
        };
        if quality.condition != Condition::Good {
            let y = plot.y + (lane * height + height / 2) as u16;
            let text = format!(" {} ", quality.condition.name());
            if y < plot.bottom() {
                put(buffer, plot.x, y, plot.width, &text, look.ink.warn().add_modifier(Modifier::BOLD));
            }
        }
    }
}
