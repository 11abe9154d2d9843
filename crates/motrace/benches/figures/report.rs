//! How figures are written.

use serde_json::{Value, json};
use std::fmt::Write;

/// What the peer's column says where there is no peer's environment.
const NO_PEER: &str = "not measured: set MOTRACE_REFERENCE";

/// A form of the report.
#[derive(Clone, Copy)]
pub enum Style {
    /// For a terminal.
    Table,
    /// For scripts.
    Json,
    /// For a document.
    Markdown,
}

/// What a figure has to be.
#[derive(Clone)]
pub struct Target {
    /// In words, with its unit.
    pub text: String,
    /// `None` where it could not be said, for want of a peer.
    pub met: Option<bool>,
}

/// One row of the report.
pub struct Figure {
    /// The name by which it is chosen.
    pub name: &'static str,
    /// What was measured.
    pub what: String,
    /// What came out, with its unit.
    pub measured: String,
    /// What has to come out.
    pub target: Option<Target>,
    /// The same of other programs, in the same run.
    pub peer: Peer,
    /// The numbers, for scripts.
    pub numbers: Value,
}

/// What other programs need.
pub enum Peer {
    /// In words.
    Measured(String),
    /// There is no environment to measure it in.
    NotMeasured,
    /// Nothing comparable is known.
    None,
}

impl Target {
    /// With a limit that was kept, or not.
    pub fn new(text: impl Into<String>, met: bool) -> Self {
        Self { text: text.into(), met: Some(met) }
    }
}

impl Figure {
    fn cells(&self) -> [String; 5] {
        let (target, met) = match &self.target {
            None => ("–".to_owned(), "–"),
            Some(Target { text, met }) => (text.clone(), met.map_or("unknown", |met| if met { "yes" } else { "NO" })),
        };
        let peer = match &self.peer {
            Peer::Measured(text) => text.clone(),
            Peer::NotMeasured => NO_PEER.to_owned(),
            Peer::None => "–".to_owned(),
        };
        [self.what.clone(), self.measured.clone(), peer, target, met.to_owned()]
    }

    fn json(&self) -> Value {
        let peer = match &self.peer {
            Peer::Measured(text) => json!(text),
            _ => Value::Null,
        };
        json!({
            "figure": self.name, "what": self.what, "measured": self.measured, "peer": peer,
            "target": self.target.as_ref().map(|t| &t.text), "met": self.target.as_ref().and_then(|t| t.met),
            "numbers": self.numbers,
        })
    }
}

const HEAD: [&str; 5] = ["figure", "motrace", "peer in the same run", "target", "met"];

/// The report.
pub fn written(figures: &[Figure], style: Style) -> String {
    match style {
        Style::Json => {
            let rows: Vec<Value> = figures.iter().map(Figure::json).collect();
            format!("{:#}\n", Value::Array(rows))
        }
        Style::Markdown => markdown(figures),
        Style::Table => table(figures),
    }
}

fn markdown(figures: &[Figure]) -> String {
    let mut text = format!("| {} | command |\n|---|---|---|---|---|---|\n", HEAD.join(" | "));
    for figure in figures {
        let row = figure.cells().join(" | ");
        let _ = writeln!(text, "| {row} | `cargo bench -p motrace --bench figures -- {}` |", figure.name);
    }
    text
}

fn table(figures: &[Figure]) -> String {
    let rows: Vec<[String; 5]> =
        std::iter::once(HEAD.map(str::to_owned)).chain(figures.iter().map(Figure::cells)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    text
}
