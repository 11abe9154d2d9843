use super::SignalBrowser;
use crate::dashboard::braille::Braille;
use crate::dashboard::draw::{columns, put, section, voltage};
use motrace_core::Condition;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

/// Draws the channels with their markers and gaps; gives the columns that time runs along.
pub(super) fn draw(browser: &mut SignalBrowser, buffer: &mut Buffer, area: Rect) -> Rect {
    let ink = browser.ink();
    let channels = browser.shown_channels();
    let rows = usize::from(area.height.saturating_sub(1));
    let total = channels.len();
    // Two rows for a channel where they do not all fit anyway, more where there is room.
    let height = if total <= rows && total > 0 { (rows / total).min(6) } else { 2.min(rows.max(1)) };
    let shown = (rows / height.max(1)).min(total);
    browser.lanes.offset = browser.lanes.offset.min(total.saturating_sub(shown));
    browser.lanes.shown = shown.max(1);
    let range = browser.lanes.offset..browser.lanes.offset + shown;
    let lanes: Vec<usize> = channels[range.clone()].to_vec();
    // A lane holds what is typical of it; only what is larger reaches into the next.
    browser.lanes.settle(typical_span(browser, &lanes) * 1.8);

    let mut which = match (total, shown < total) {
        (1, _) => "1 channel".to_owned(),
        (_, true) => format!("channels {}–{} of {total}", range.start + 1, range.end),
        (_, false) => format!("{total} channels"),
    };
    let hidden = browser.info.channels.len() - total;
    if hidden > 0 {
        which += &format!(", {hidden} hidden");
    }
    let mut aside = vec![(which, ink.quiet())];
    if lanes.iter().any(|c| browser.info.channels[*c].is_voltage) {
        aside.push((format!("↕ {}", voltage(f64::from(browser.lanes.microvolts) * 1e-6)), ink.plain()));
    } else {
        aside.push(("no unit: each fills its own range".into(), ink.quiet()));
    }
    let title = match (&browser.info.filter, browser.is_filtered) {
        (Ok(band), true) => format!("Filtered, {band}"),
        _ => "Signals".to_owned(),
    };
    let inner = section(buffer, area, ink, &title, &aside);
    let gutter = lanes.iter().map(|c| columns(&browser.info.channels[*c].label)).max().unwrap_or(0).clamp(3, 10) + 2;
    let plot = Rect { x: inner.x + gutter, width: inner.width.saturating_sub(gutter), ..inner };
    if inner.width < gutter + 8 || inner.height == 0 {
        return plot;
    }
    if total == 0 {
        put(buffer, plot.x, plot.y, plot.width, "no channel is shown; c chooses", ink.quiet());
        return plot;
    }
    let marks = marks(browser, usize::from(plot.width));
    for (column, sign, _, style) in &marks {
        for y in plot.top()..plot.bottom() {
            put(buffer, plot.x + *column as u16, y, 1, sign, *style);
        }
    }
    draw_lanes(browser, buffer, plot, gutter, &lanes, height);
    // Where traces cross the line of a marker or a gap they take its colour, so that the line can be followed.
    for (column, _, _, style) in &marks {
        for y in plot.top()..plot.bottom() {
            if let Some(cell) = buffer.cell_mut((plot.x + *column as u16, y)) {
                cell.set_style(*style);
            }
        }
    }
    let mut free_from = 0;
    for (column, _, text, style) in &marks {
        if *column >= free_from && !text.is_empty() {
            let room = plot.width.saturating_sub(*column as u16 + 1);
            let end = put(buffer, plot.x + *column as u16 + 1, plot.y, room, text, *style);
            free_from = usize::from(end - plot.x) + 1;
        }
    }
    plot
}

fn draw_lanes(browser: &SignalBrowser, buffer: &mut Buffer, plot: Rect, gutter: u16, lanes: &[usize], height: usize) {
    let ink = browser.ink();
    let Some(held) = &browser.held else {
        put(buffer, plot.x, plot.y, plot.width, "reading …", ink.quiet());
        return;
    };
    let seen = browser.seen();
    let mut braille = Braille::new(plot);
    // A recording that is shorter than the window does not fill the screen.
    let share = (seen.end - seen.start) as f64 / browser.span_samples().max(1) as f64;
    let width = ((braille.width() as f64 * share).round() as usize).max(1);
    for (lane, &channel) in lanes.iter().enumerate() {
        let about = &browser.info.channels[channel];
        let condition = held.quality[channel].as_ref().map_or(Condition::Good, |q| q.condition);
        let is_good = condition == Condition::Good;
        let row = plot.y + (lane * height + height / 2) as u16;
        if !is_good {
            put(buffer, plot.x - gutter, row, 1, "!", ink.warn());
        }
        let name = if is_good { ink.plain() } else { ink.warn() };
        put(buffer, plot.x - gutter + 1, row, gutter - 2, &about.label, name);
        let style = match (is_good, about.is_voltage) {
            (true, true) => ink.trace(),
            (true, false) => ink.quiet(),
            (false, _) => ink.faint(),
        };
        let dots = height as f32 * 4.0;
        let mut middle = (lane * height) as f32 * 4.0 + dots / 2.0;
        let mut scale = dots / browser.lanes.microvolts;
        if !about.is_voltage {
            // Other quantities have no common scale: each fills four fifths of its lane.
            let Some([low, high]) = held.span(channel) else { continue };
            scale = if high > low { dots * 0.8 / (high - low) } else { 0.0 };
            middle += (low + high) / 2.0 * scale;
        }
        let lane_middle = ((lane * height) as f32 * 4.0 + dots / 2.0) as i64;
        let reach = (height as i64) * if is_good { 6 } else { 2 };
        let mut before: Option<[i64; 2]> = None;
        for x in 0..width {
            let Some([low, high]) = held.extremes(channel, x, width) else {
                before = None;
                continue;
            };
            let dot = |value: f32| (middle - value * scale - 0.5).round().clamp(-1e6, 1e6) as i64;
            let here = [dot(high), dot(low)];
            let [mut top, mut bottom] = here;
            // Steps between neighbouring columns are closed, so that a fast edge stays one line.
            if let Some([top_before, bottom_before]) = before {
                top = top.min(bottom_before + 1);
                bottom = bottom.max(top_before - 1);
            }
            before = Some(here);
            // A good trace may reach into its neighbours' lanes, no further; a bad one stays in its own.
            braille.column(x, top.max(lane_middle - reach), bottom.min(lane_middle + reach), style);
        }
    }
    braille.blit(buffer);
    for (lane, &channel) in lanes.iter().enumerate() {
        let Some(quality) = held.quality[channel].as_ref().filter(|q| q.condition != Condition::Good) else { continue };
        let y = plot.y + (lane * height + height / 2) as u16;
        let text = format!(" {} ", quality.condition.name());
        put(buffer, plot.x, y, plot.width, &text, ink.warn().add_modifier(Modifier::BOLD));
    }
}

/// Column, sign, words and style of all markers and gaps in sight.
fn marks(browser: &SignalBrowser, width: usize) -> Vec<(usize, &'static str, String, Style)> {
    let ink = browser.ink();
    let seen = browser.seen();
    let span = browser.span_samples().max(1);
    let column = |index: u64| ((index - seen.start) as u128 * width as u128 / u128::from(span)) as usize;
    let mut marks = Vec::new();
    let from = browser.info.markers.partition_point(|m| m.index < seen.start);
    for (number, marker) in browser.info.markers.iter().enumerate().skip(from).take_while(|(_, m)| m.index < seen.end) {
        let mut style = ink.category(browser.kind_of[number]);
        let is_focus = browser.focus == Some(number);
        if is_focus {
            style = style.add_modifier(Modifier::BOLD);
        }
        marks.push((column(marker.index), if is_focus { "┃" } else { "│" }, marker.text.clone(), style));
    }
    for gap in browser.info.gaps.iter().filter(|g| seen.contains(&g.index)) {
        marks.push((column(gap.index), "░", format!("gap {:.2} s", gap.length_secs), ink.warn()));
    }
    marks.sort_by_key(|(column, ..)| *column);
    marks
}

/// The median over voltages of what they span, in microvolts.
fn typical_span(browser: &SignalBrowser, lanes: &[usize]) -> f32 {
    let Some(held) = &browser.held else { return f32::NAN };
    let mut spans: Vec<f32> = lanes
        .iter()
        .filter(|c| browser.info.channels[**c].is_voltage)
        .filter_map(|c| held.usual_span(*c))
        .filter(|s| *s > 0.0)
        .collect();
    spans.sort_by(f32::total_cmp);
    spans.get(spans.len() / 2).copied().unwrap_or(f32::NAN)
}
