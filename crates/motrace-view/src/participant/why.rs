use super::Participant;
use crate::{
    dashboard::{
        ColourDepth,
        draw::put,
        ink::Ink,
        scalp::{Naming, draw_head},
    },
    palette::nice_limit,
};
use motrace_core::clean_text;
use motrace_session::Evidence;
use ratatui::{buffer::Buffer, layout::Rect};

/// Montages larger than this are not drawn: whoever sends them does not mean to be looked at.
const MOST_ELECTRODES: usize = 512;
/// A head narrower than this shows nothing.
const NARROWEST: u16 = 12;
const WIDEST: u16 = 40;
/// A held peak fades by this factor with each frame: to a half within about 70.
const FADE: f64 = 0.99;

/// The corner for the map of why, below on the right; `None` where it would be too small.
pub(super) fn corner(area: Rect) -> Option<Rect> {
    let width = (area.width / 4).min(area.height.saturating_sub(2) * 2 / 3).min(WIDEST) & !1;
    if width < NARROWEST {
        return None;
    }
    let height = width / 2 + 1;
    Some(Rect { x: area.right() - width - 1, y: area.bottom() - height, width, height })
}

/// Draws the topography with its caption below.
pub(super) fn draw(view: &mut Participant, buffer: &mut Buffer, corner: Rect, evidence: &Evidence) {
    let count = evidence.labels.len();
    if count == 0 || count > MOST_ELECTRODES || count != evidence.values.len() {
        return;
    }
    let labels: Vec<String> = evidence.labels.iter().map(|l| clean_text(l, 12)).collect();
    let finite = evidence.values.iter().filter(|v| v.is_finite());
    let peak = finite.fold(0.0_f64, |peak, v| peak.max(f64::from(v.abs())));
    view.peak = peak.max(view.peak * FADE);
    view.maps.set_values(evidence.values.iter().map(|v| f64::from(*v)));
    // In monochrome the head is drawn with characters, which the terminal's own ground suits.
    let ground = if view.depth == ColourDepth::Monochrome { Default::default() } else { view.ground };
    let ink = Ink { depth: view.depth, ground };
    let head = Rect { height: corner.height - 1, ..corner };
    draw_head(buffer, head, ink, &labels, &mut view.maps, Some(nice_limit(view.peak)), Naming::Nothing);
    let style = view.style(view.tints.quiet);
    put(buffer, corner.x + corner.width.saturating_sub(3) / 2, corner.bottom() - 1, 3, "why", style);
}
