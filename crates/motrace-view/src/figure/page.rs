use super::svg::{SANS, escape};
use motrace_core::clean_text;

/// One figure of a page: SVG made by this crate, and what there is to see in it.
pub type Captioned = (String, String);

/// A number with its name, large.
#[derive(Debug, Clone, Default)]
pub struct Tile {
    /// What it is.
    pub name: String,
    /// The number, with its unit.
    pub value: String,
    /// What to compare it with.
    pub note: String,
    /// Whether it calls for attention.
    pub is_warning: bool,
}

/// A part of a section.
#[derive(Debug, Clone)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// A paragraph that calls for attention.
    Warning(String),
    /// Numbers side by side.
    Tiles(Vec<Tile>),
    /// Figures side by side where there is room: SVG made by this crate, and a sentence under it.
    Figures(Vec<Captioned>),
    /// Names and what they are.
    Facts(Vec<(String, String)>),
    /// A table.
    Table {
        /// What it shows.
        caption: String,
        /// The names of the columns.
        head: Vec<String>,
        /// The rows.
        rows: Vec<Vec<String>>,
    },
    /// Lines of a log: when, whether it warns, what.
    Log(Vec<(String, bool, String)>),
}

/// A part of a page under a heading.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// The heading.
    pub heading: String,
    /// What is under it.
    pub blocks: Vec<Block>,
}

/// A page that needs nothing else: no script, no style sheet, no font and no picture from elsewhere.
///
/// It is XML as well as HTML. All text is escaped here; figures are taken as they are.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// A line under the title.
    pub subtitle: String,
    /// Its parts, listed at the beginning.
    pub sections: Vec<Section>,
}

/// Figures stay on white, on a dark screen too, since their colours mean something on white.
const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1f242c;--quiet:#5f6874;--ground:#f4f5f7;--card:#fff;--rule:#dfe2e7;--amber:#8a4f00;--amber-ground:#fff4e0}
@media (prefers-color-scheme:dark){:root{--ink:#e3e6ea;--quiet:#9aa3af;--ground:#14171b;--card:#1d2127;--rule:#323841;--amber:#ffc066;--amber-ground:#33260f}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1040px;padding:2rem 1.25rem 4rem;background:var(--ground);color:var(--ink);font-size:15px;line-height:1.5}
h1{font-size:1.55rem;line-height:1.25;margin:0 0 .2rem}
h2{font-size:1.15rem;margin:2.6rem 0 .7rem;padding-bottom:.3rem;border-bottom:1px solid var(--rule)}
p{margin:.6rem 0;max-width:80ch}
.subtitle,figcaption,caption,.tile .note,.tile .name,nav{color:var(--quiet)}
nav{font-size:.85rem;margin:1rem 0 0}
nav a{color:inherit;margin-right:1.1em;white-space:nowrap}
.warning{background:var(--amber-ground);color:var(--amber);border-left:4px solid currentColor;padding:.55rem .9rem;max-width:none}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(185px,1fr));gap:.75rem;margin:1rem 0}
.tile{background:var(--card);border:1px solid var(--rule);border-radius:6px;padding:.7rem .9rem}
.tile .name{font-size:.8rem}
.tile .value{font-size:1.5rem;font-weight:bold;line-height:1.3;font-variant-numeric:tabular-nums}
.tile .note{font-size:.8rem;line-height:1.35}
.tile.attention .value{color:var(--amber)}
.figures{display:flex;flex-wrap:wrap;gap:1rem;align-items:flex-start}
figure{margin:.8rem 0;background:#fff;border:1px solid var(--rule);border-radius:6px;overflow:hidden;max-width:100%}
.figures figure{flex:0 1 auto}
figure svg{display:block;max-width:100%;height:auto;background:#fff}
figcaption{background:var(--card);padding:.5rem .9rem .7rem;font-size:.88rem;line-height:1.45}
.scroll{overflow-x:auto}
table{border-collapse:collapse;margin:.8rem 0;font-size:.88rem;font-variant-numeric:tabular-nums}
td:first-child,td.short{white-space:nowrap}
caption{text-align:left;padding-bottom:.3rem}
th,td{text-align:left;padding:.25rem .9rem .25rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;font-size:.9rem;margin:.8rem 0}
dt{color:var(--quiet)}
dd{margin:0;overflow-wrap:anywhere}
@media (max-width:640px){.tiles{grid-template-columns:repeat(auto-fill,minmax(145px,1fr))}figure{overflow-x:auto}figure svg[width='960']{max-width:none;width:720px}figcaption{position:sticky;left:0}}
@media (max-width:560px){dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}
ol.log{list-style:none;margin:.8rem 0;padding:0;font-size:.85rem}
ol.log li{display:flex;gap:1rem;padding:.12rem 0;border-bottom:1px solid var(--rule)}
ol.log time{color:var(--quiet);flex:0 0 5.5em;font-variant-numeric:tabular-nums}
ol.log .warns{color:var(--amber)}
@media print{:root{color-scheme:light;--ink:#000;--quiet:#444;--ground:#fff;--card:#fff;--rule:#bbb;--amber:#7a4400;--amber-ground:#fff}
body{max-width:none;padding:0;font-size:10.5pt}nav{display:none}figure,.tile,.warning,tr,li{break-inside:avoid}h2{break-after:avoid}}
";

impl Page {
    /// The page.
    #[must_use]
    pub fn html(&self) -> String {
        let title = escape(&clean_text(&self.title, 200));
        let mut out = format!(
            "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <title>{title}</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <style>body{{font-family:{SANS}}}{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n\
             <p class=\"subtitle\">{}</p>\n",
            text(&self.subtitle)
        );
        out.push_str("<nav>");
        for (i, section) in self.sections.iter().enumerate() {
            out.push_str(&format!("<a href=\"#part-{}\">{}</a> ", i + 1, text(&section.heading)));
        }
        out.push_str("</nav>\n</header>\n<main>\n");
        for (i, section) in self.sections.iter().enumerate() {
            out.push_str(&format!("<section id=\"part-{}\">\n<h2>{}</h2>\n", i + 1, text(&section.heading)));
            section.blocks.iter().for_each(|block| block.write(&mut out));
            out.push_str("</section>\n");
        }
        out.push_str("</main>\n</body>\n</html>\n");
        out
    }
}

impl Block {
    fn write(&self, out: &mut String) {
        match self {
            Self::Text(words) => out.push_str(&format!("<p>{}</p>\n", text(words))),
            Self::Warning(words) => out.push_str(&format!("<p class=\"warning\" role=\"note\">{}</p>\n", text(words))),
            Self::Tiles(tiles) => {
                out.push_str("<div class=\"tiles\">\n");
                for tile in tiles {
                    let attention = if tile.is_warning { " attention" } else { "" };
                    out.push_str(&format!(
                        "<div class=\"tile{attention}\"><div class=\"name\">{}</div><div class=\"value\">{}</div>\
                         <div class=\"note\">{}</div></div>\n",
                        text(&tile.name),
                        text(&tile.value),
                        text(&tile.note)
                    ));
                }
                out.push_str("</div>\n");
            }
            Self::Figures(figures) => {
                out.push_str("<div class=\"figures\">\n");
                for (svg, caption) in figures {
                    out.push_str(&format!("<figure>\n{svg}<figcaption>{}</figcaption>\n</figure>\n", text(caption)));
                }
                out.push_str("</div>\n");
            }
            Self::Facts(facts) => {
                out.push_str("<dl>\n");
                for (name, fact) in facts {
                    out.push_str(&format!("<dt>{}</dt><dd>{}</dd>\n", text(name), text(fact)));
                }
                out.push_str("</dl>\n");
            }
            Self::Table { caption, head, rows } => table(out, caption, head, rows),
            Self::Log(lines) => {
                out.push_str("<ol class=\"log\">\n");
                for (time, warns, words) in lines {
                    let class = if *warns { " class=\"warns\"" } else { "" };
                    out.push_str(&format!("<li><time>{}</time><span{class}>{}</span></li>\n", text(time), text(words)));
                }
                out.push_str("</ol>\n");
            }
        }
    }
}

/// A table's cell with so many characters, such as a figure with its interval, is one line.
const SHORT: usize = 26;

fn table(out: &mut String, caption: &str, head: &[String], rows: &[Vec<String>]) {
    out.push_str("<div class=\"scroll\"><table>\n");
    if !caption.is_empty() {
        out.push_str(&format!("<caption>{}</caption>\n", text(caption)));
    }
    let cells: String = head.iter().map(|name| format!("<th scope=\"col\">{}</th>", text(name))).collect();
    out.push_str(&format!("<thead><tr>{cells}</tr></thead>\n<tbody>\n"));
    for row in rows {
        let cell = |cell: &String| match cell.chars().count() {
            ..=SHORT => format!("<td class=\"short\">{}</td>", text(cell)),
            _ => format!("<td>{}</td>", text(cell)),
        };
        let cells: String = row.iter().map(cell).collect();
        out.push_str(&format!("<tr>{cells}</tr>\n"));
    }
    out.push_str("</tbody>\n</table></div>\n");
}

/// Text from anywhere, safe to show.
fn text(words: &str) -> String {
    escape(&clean_text(words, 4000))
}
