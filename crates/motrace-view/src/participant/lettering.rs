use crate::figure::{raster::fonts, svg::escape};
use resvg::{
    tiny_skia::{Path, Rect},
    usvg::{Group, Node, Options, Tree},
};
use std::collections::VecDeque;

/// So many texts are kept.
const KEPT: usize = 12;
/// Texts are laid out at this size and scaled from it.
pub(super) const FONT_SIZE: f32 = 100.0;

/// A line of bold DejaVu Sans as outlines; its baseline is at 0, a capital is about 73 high.
#[derive(Debug, Default)]
pub(super) struct Lettering {
    pub paths: Vec<Path>,
    /// What the outlines take up; `None` where nothing is to be seen.
    pub bounds: Option<Rect>,
}

/// The outlines of the texts shown last.
#[derive(Debug, Default)]
pub(super) struct Letterings {
    kept: VecDeque<(String, Lettering)>,
}

impl Letterings {
    /// The outlines of a text; empty where the font does not have all of its letters.
    pub(super) fn of(&mut self, text: &str) -> &Lettering {
        match self.kept.iter().position(|(kept, _)| kept == text) {
            // The text used last is the last to go.
            Some(at) => {
                if let Some(found) = self.kept.remove(at) {
                    self.kept.push_back(found);
                }
            }
            None => {
                if self.kept.len() >= KEPT {
                    self.kept.pop_front();
                }
                self.kept.push_back((text.to_owned(), outline(text)));
            }
        }
        static NOTHING: Lettering = Lettering { paths: Vec::new(), bounds: None };
        self.kept.back().map_or(&NOTHING, |(_, lettering)| lettering)
    }
}

fn outline(text: &str) -> Lettering {
    // Latin, Greek and Cyrillic are all there; other scripts are left to the terminal.
    if text.chars().any(|c| u32::from(c) >= 0x530 && !matches!(c, '‘'..='„' | '–' | '—' | '…')) {
        return Lettering::default();
    }
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"100\"><text xml:space=\"preserve\" \
         font-family=\"DejaVu Sans\" font-weight=\"bold\" font-size=\"{FONT_SIZE}\">{}</text></svg>",
        escape(text)
    );
    let options = Options { font_family: "DejaVu Sans".to_owned(), fontdb: fonts(), ..Options::default() };
    let Ok(tree) = Tree::from_str(&svg, &options) else { return Lettering::default() };
    let mut lettering = Lettering::default();
    collect(tree.root(), &mut lettering.paths);
    for path in &lettering.paths {
        let bounds = path.bounds();
        lettering.bounds = match lettering.bounds {
            None => Some(bounds),
            Some(b) => Rect::from_ltrb(
                b.left().min(bounds.left()),
                b.top().min(bounds.top()),
                b.right().max(bounds.right()),
                b.bottom().max(bounds.bottom()),
            ),
        };
    }
    lettering
}

fn collect(group: &Group, paths: &mut Vec<Path>) {
    for node in group.children() {
        match node {
            Node::Group(group) => collect(group, paths),
            Node::Text(text) => collect(text.flattened(), paths),
            Node::Path(path) => paths.extend(path.data().clone().transform(path.abs_transform())),
            Node::Image(_) => {}
        }
    }
}
