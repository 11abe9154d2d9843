//! The report of a session: a pure function of its folder.
//!
//! Everything is read from the files of the folder (`session.json`, `recording.xdf`, `model.safetensors`,
//! `config.toml`, `decisions.jsonl`) and nothing else, so the same folder gives the same report. What is missing
//! is left out and said so: a session that was broken off has a report too.

mod course;
mod drawings;
mod figures;
mod material;
mod page;
mod relevance;
mod scores;
mod signal;
mod timing;
mod trials;
mod words;

pub use figures::{
    AdaptationFigures, ChannelFigures, ClassRelevance, GapFigures, LeftOutTrial, RecordingFigures, ReplayFigures,
    ReportFigures, RimFigures, RunFigures, ScoreFigures, TimePoint, TimingFigures,
};

use crate::failure::Failure;
use material::Material;
use std::io::Write;
use std::path::Path;

/// The name of the report in a session's folder.
pub const REPORT_NAME: &str = "report.html";

/// A report before it is written anywhere.
pub struct Report {
    /// All its numbers.
    pub figures: ReportFigures,
    /// The page.
    pub html: String,
    /// Its main figure, as SVG, with its title; none where nothing was decided.
    pub main_figure: Option<(String, String)>,
}

/// Makes the report of a session's folder without writing anything.
///
/// # Errors
/// Where the folder is none of a session.
pub fn of(folder: &Path) -> Result<Report, Failure> {
    let material = Material::read(folder)?;
    let findings = figures::Findings::of(&material);
    let (html, main_figure) = page::page(&material, &findings);
    Ok(Report { figures: findings.figures, html, main_figure })
}

/// Makes the report of a session's folder and writes it there as `report.html`, replacing an older one.
///
/// # Errors
/// Where the folder is none of a session, or the report cannot be written.
pub fn write(folder: &Path) -> Result<ReportFigures, Failure> {
    let report = of(folder)?;
    replace(&folder.join(REPORT_NAME), report.html.as_bytes())?;
    Ok(report.figures)
}

/// Writes a file, all of it or nothing, whether or not there is one of this name.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |e: std::io::Error| Failure::failed(format_args!("writing {}: {e}", path.display()));
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".part");
    let part = path.with_file_name(name);
    let mut file = std::fs::File::create(&part).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    drop(file);
    std::fs::rename(&part, path).map_err(failed)
}
