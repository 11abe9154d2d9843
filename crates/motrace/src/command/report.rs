//! `motrace report`

use crate::arguments::ReportArguments;
use crate::failure::Failure;
use crate::figures;
use crate::output::{self, say};
use crate::report::{self, REPORT_NAME};

/// Makes the report of a session's folder again.
pub fn run(arguments: &ReportArguments) -> Result<(), Failure> {
    let report = report::of(&arguments.folder)?;
    if arguments.json {
        return output::json(&report.figures);
    }
    let path = arguments.output.clone().unwrap_or_else(|| arguments.folder.join(REPORT_NAME));
    if path.exists() && !arguments.force {
        return Err(Failure::failed(format_args!(
            "{} exists already; --force replaces it, -o gives another name",
            path.display()
        )));
    }
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("html" | "htm" | "xhtml") => report::replace(&path, report.html.as_bytes())?,
        Some("svg" | "png") => {
            let Some((svg, title)) = &report.main_figure else {
                return Err(Failure::failed("nothing was decided in this session, so there is no figure to draw"));
            };
            if arguments.force && path.exists() {
                std::fs::remove_file(&path)?;
            }
            figures::write(&path, svg, title)?;
        }
        _ => {
            return Err(Failure::usage(format_args!(
                "{}: a report is written as .html, its main figure as .svg or .png",
                path.display()
            )));
        }
    }
    for problem in &report.figures.problems {
        output::warn(problem);
    }
    say(&format!("report      {}", path.display()));
    Ok(())
}
