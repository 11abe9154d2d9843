//! Writes the page of a made-up evaluation, and each of its figures as PNG, into a folder:
//! `cargo run -p motrace-view --example evaluation -- FOLDER`

mod made_up;

use motrace_view::figure::png;
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("give a folder to write to")?);
    std::fs::create_dir_all(&folder)?;
    for (name, page) in [("group", made_up::group()), ("single", made_up::single())] {
        std::fs::write(folder.join(format!("{name}.html")), page.html())?;
        for (figure, svg) in page.figures() {
            std::fs::write(folder.join(format!("{name}-{figure}.png")), png(&svg, 1.0)?)?;
        }
    }
    Ok(())
}
