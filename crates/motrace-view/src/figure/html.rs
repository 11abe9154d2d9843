use super::svg::{SANS, escape};
use motrace_core::clean_text;

/// One HTML page that holds these figures (SVG made by this crate) and needs nothing else: no script, no
/// style sheet, no font and no picture from elsewhere.
#[must_use]
pub fn html(title: &str, figures: &[String]) -> String {
    let title = escape(&clean_text(title, 200));
    let figures: String = figures.iter().map(|svg| format!("<figure>\n{svg}</figure>\n")).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <style>body{{font-family:{SANS};margin:2rem auto;max-width:1440px;padding:0 1rem;background:#f4f5f7;color:#1f242c}}\
         figure{{margin:0 0 2rem;background:#fff;border:1px solid #dfe2e7}}svg{{display:block;width:100%;height:auto}}\
         h1{{font-size:1.3rem}}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{figures}</body>\n</html>\n"
    )
}
