use super::svg::px;
use std::fmt::Write;

/// Draws a character that must meet its neighbours without gaps (block elements, braille, box drawing)
/// as a path over the cell `[x, y, width, height]`; `None` for all other characters.
pub(super) fn draw(c: char, cell: [f64; 4], colour: &str) -> Option<String> {
    match u32::from(c) {
        0x2500..=0x257f => lines(c, cell, colour),
        code @ 0x2580..=0x259f => block(code, cell, colour),
        code @ 0x2800..=0x28ff => Some(braille(code - 0x2800, cell, colour)),
        _ => None,
    }
}

fn rects(parts: &[[f64; 4]], [x, y, w, h]: [f64; 4], paint: &str) -> String {
    let mut path = String::new();
    for [left, top, right, bottom] in parts {
        let (x1, y1, x2, y2) = (px(x + left * w), px(y + top * h), px(x + right * w), px(y + bottom * h));
        let _ = write!(path, "M{x1} {y1}H{x2}V{y2}H{x1}Z");
    }
    // Crisp, so that neighbours meet without a seam at any scale.
    format!("<path d=\"{path}\" {paint} shape-rendering=\"crispEdges\"/>")
}

/// U+2580–259F: halves, eighths, quadrants and shades.
fn block(code: u32, cell: [f64; 4], colour: &str) -> Option<String> {
    let solid = format!("fill=\"{colour}\"");
    let eighth = |n: u32| f64::from(n) / 8.0;
    let part = match code {
        0x2580 => [0.0, 0.0, 1.0, 0.5],
        0x2581..=0x2588 => [0.0, 1.0 - eighth(code - 0x2580), 1.0, 1.0],
        0x2589..=0x258f => [0.0, 0.0, eighth(0x2590 - code), 1.0],
        0x2590 => [0.5, 0.0, 1.0, 1.0],
        0x2591..=0x2593 => {
            let opacity = 0.25 * f64::from(code - 0x2590);
            return Some(rects(&[[0.0, 0.0, 1.0, 1.0]], cell, &format!("{solid} fill-opacity=\"{opacity}\"")));
        }
        0x2594 => [0.0, 0.0, 1.0, 0.125],
        0x2595 => [0.875, 0.0, 1.0, 1.0],
        0x2596..=0x259f => {
            const UPPER_LEFT: u8 = 1;
            const UPPER_RIGHT: u8 = 2;
            const LOWER_LEFT: u8 = 4;
            const LOWER_RIGHT: u8 = 8;
            const QUADRANTS: [u8; 10] = [
                LOWER_LEFT,
                LOWER_RIGHT,
                UPPER_LEFT,
                UPPER_LEFT | LOWER_LEFT | LOWER_RIGHT,
                UPPER_LEFT | LOWER_RIGHT,
                UPPER_LEFT | UPPER_RIGHT | LOWER_LEFT,
                UPPER_LEFT | UPPER_RIGHT | LOWER_RIGHT,
                UPPER_RIGHT,
                UPPER_RIGHT | LOWER_LEFT,
                UPPER_RIGHT | LOWER_LEFT | LOWER_RIGHT,
            ];
            let set = QUADRANTS[(code - 0x2596) as usize];
            let parts: Vec<_> = (0..4)
                .filter(|bit| set >> bit & 1 == 1)
                .map(|bit| {
                    let (left, top) = (f64::from(bit % 2) / 2.0, f64::from(bit / 2) / 2.0);
                    [left, top, left + 0.5, top + 0.5]
                })
                .collect();
            return Some(rects(&parts, cell, &solid));
        }
        _ => return None,
    };
    Some(rects(&[part], cell, &solid))
}

/// U+2800–28FF: two columns of four dots.
fn braille(bits: u32, [x, y, w, h]: [f64; 4], colour: &str) -> String {
    // Dots 1–3 and 4–6 run down the columns; 7 and 8 are the bottom row.
    const PLACES: [(f64, f64); 8] =
        [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (1.0, 0.0), (1.0, 1.0), (1.0, 2.0), (0.0, 3.0), (1.0, 3.0)];
    let radius = px(w * 0.15);
    let mut path = String::new();
    for (_, (column, row)) in PLACES.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1) {
        let (cx, cy) = (x + w * (0.25 + 0.5 * column), y + h * (0.125 + 0.25 * row));
        let left = px(cx - w * 0.15);
        let right = px(cx + w * 0.15);
        let cy = px(cy);
        let _ = write!(path, "M{left} {cy}A{radius} {radius} 0 1 1 {right} {cy}A{radius} {radius} 0 1 1 {left} {cy}Z");
    }
    format!("<path d=\"{path}\" fill=\"{colour}\"/>")
}

/// The arms of a box-drawing character: up, right, down, left; 0 none, 1 light, 2 heavy.
fn arms(c: char) -> Option<[u8; 4]> {
    Some(match c {
        '─' => [0, 1, 0, 1],
        '━' => [0, 2, 0, 2],
        '│' => [1, 0, 1, 0],
        '┃' => [2, 0, 2, 0],
        '┌' => [0, 1, 1, 0],
        '┏' => [0, 2, 2, 0],
        '┐' => [0, 0, 1, 1],
        '┓' => [0, 0, 2, 2],
        '└' => [1, 1, 0, 0],
        '┗' => [2, 2, 0, 0],
        '┘' => [1, 0, 0, 1],
        '┛' => [2, 0, 0, 2],
        '├' => [1, 1, 1, 0],
        '┣' => [2, 2, 2, 0],
        '┤' => [1, 0, 1, 1],
        '┫' => [2, 0, 2, 2],
        '┬' => [0, 1, 1, 1],
        '┳' => [0, 2, 2, 2],
        '┴' => [1, 1, 0, 1],
        '┻' => [2, 2, 0, 2],
        '┼' => [1, 1, 1, 1],
        '╋' => [2, 2, 2, 2],
        '╴' => [0, 0, 0, 1],
        '╵' => [1, 0, 0, 0],
        '╶' => [0, 1, 0, 0],
        '╷' => [0, 0, 1, 0],
        '╸' => [0, 0, 0, 2],
        '╹' => [2, 0, 0, 0],
        '╺' => [0, 2, 0, 0],
        '╻' => [0, 0, 2, 0],
        _ => return None,
    })
}

fn lines(c: char, [x, y, w, h]: [f64; 4], colour: &str) -> Option<String> {
    let (cx, cy) = (x + w / 2.0, y + h / 2.0);
    let stroke = |path: &str, width: f64| {
        format!("<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{}\"/>", px(width))
    };
    let thin = w / 8.0;
    let bend = w / 2.0;
    let corner = match c {
        '╭' => Some((cy + bend, y + h, x + w)),
        '╮' => Some((cy + bend, y + h, x)),
        '╰' => Some((cy - bend, y, x + w)),
        '╯' => Some((cy - bend, y, x)),
        _ => None,
    };
    if let Some((from, end, side)) = corner {
        let (cx, cy, from, end, side) = (px(cx), px(cy), px(from), px(end), px(side));
        return Some(stroke(&format!("M{cx} {end}V{from}Q{cx} {cy} {side} {cy}"), thin));
    }
    let arms = arms(c)?;
    let ends = [(cx, y), (x + w, cy), (cx, y + h), (x, cy)];
    let mut out = String::new();
    for (&weight, (ex, ey)) in arms.iter().zip(ends) {
        if weight > 0 {
            let width = thin * f64::from(weight);
            // Arms reach past the middle by half a stroke, so that corners are square.
            let (dx, dy) = ((cx - ex).signum() * width / 2.0, (cy - ey).signum() * width / 2.0);
            let (sx, sy) = if ex == cx { (cx, cy + dy) } else { (cx + dx, cy) };
            out.push_str(&stroke(&format!("M{} {}L{} {}", px(ex), px(ey), px(sx), px(sy)), width));
        }
    }
    Some(out)
}
