use super::{
    draw::{put, section, voltage},
    look::Look,
};
use motrace_core::{ChannelQuality, Condition};
use ratatui::{buffer::Buffer, layout::Rect};

/// Columns of one entry.
const ENTRY: u16 = 19;

/// Signal quality per channel; what is not good comes first.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    let ink = look.ink;
    let channels = look.session.quality();
    let count = |wanted: Condition| channels.iter().filter(|q| q.condition == wanted).count();
    let mut aside = Vec::new();
    if !channels.is_empty() {
        aside.push((format!("{} good", count(Condition::Good)), ink.good()));
    }
    for condition in [Condition::Noisy, Condition::Flat, Condition::Railed, Condition::NotFinite] {
        if count(condition) > 0 {
            aside.push((format!("{} {}", count(condition), condition.name()), ink.warn()));
        }
    }
    let inner = section(buffer, area, ink, "Signal quality, rms", &aside);
    if inner.height == 0 || inner.width < 8 {
        return;
    }
    if channels.is_empty() {
        put(buffer, inner.x, inner.y, inner.width, "not measured yet", ink.quiet());
        return;
    }
    let across = (inner.width / ENTRY).max(1);
    let down = inner.height;
    let room = usize::from(across) * usize::from(down);
    let mut order: Vec<&ChannelQuality> = channels.iter().collect();
    if order.len() > room {
        order.sort_by_key(|q| q.condition == Condition::Good);
    }
    let shown = if order.len() > room { room.saturating_sub(1) } else { order.len() };
    for (i, quality) in order.iter().take(shown).enumerate() {
        let i = i as u16;
        entry(buffer, inner.x + i / down * ENTRY, inner.y + i % down, inner.right(), look, quality);
    }
    if shown < order.len() {
        let i = shown as u16;
        let text = format!("and {} more", order.len() - shown);
        let x = inner.x + i / down * ENTRY;
        put(buffer, x, inner.y + i % down, inner.right().saturating_sub(x), &text, ink.quiet());
    }
}

fn entry(buffer: &mut Buffer, x: u16, y: u16, right: u16, look: &Look<'_>, quality: &ChannelQuality) {
    let ink = look.ink;
    let (mark, style) = match quality.condition {
        Condition::Good => ("●", ink.good()),
        Condition::Noisy => ("◐", ink.warn()),
        _ => ("○", ink.warn()),
    };
    let room = |x: u16, wanted: u16| right.saturating_sub(x).min(wanted);
    put(buffer, x, y, room(x, 1), mark, style);
    let name = if quality.condition == Condition::Good { ink.plain() } else { ink.warn() };
    put(buffer, x + 2, y, room(x + 2, 6), &quality.label, name);
    let text = if quality.condition.is_unusable() {
        quality.condition.name().to_owned()
    } else {
        format!("{:>7}", voltage(quality.rms_volts))
    };
    put(buffer, x + 9, y, room(x + 9, ENTRY - 10), &text, if name == ink.plain() { ink.quiet() } else { name });
}
